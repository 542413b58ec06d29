import type { DuckDBValue } from '@duckdb/node-api'
import { StartupError } from '../../errors.ts'

/** A DuckDB in this process, for Parquet files. */
export interface DuckDb {
  /** Rows with plain values, as `JSON.parse` would give them; integers of 64 bits and more are text. */
  query(sql: string, values?: Record<string, DuckDBValue>): Promise<Record<string, unknown>[]>
  close(): void
}

/** What a file of a month may take in memory; beyond it DuckDB writes to `spillDir`. */
const memoryLimit = '256MB'

/**
 * Opens DuckDB. It is a development package, for the bot itself needs none: throws StartupError that says what to do where
 * it is not installed.
 */
export async function openDuckDb(spillDir: string): Promise<DuckDb> {
  const { DuckDBInstance } = await import('@duckdb/node-api').catch(cause => {
    throw new StartupError(
      'Archived months are read and written by DuckDB: install @duckdb/node-api (`npm install --no-save @duckdb/node-api`), or use the image vkusvill-bot-tools, which has it',
      { cause },
    )
  })
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: memoryLimit,
    temp_directory: `${spillDir}/.duckdb`,
    autoinstall_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run("set timezone = 'UTC'")
  return {
    query: async (sql, values) => (await connection.runAndReadAll(sql, values)).getRowObjectsJson(),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** A path as a literal of SQL that names this file only: DuckDB takes `*`, `?` and `[` for patterns. */
export const fileLiteral = (path: string): string =>
  `'${path.replaceAll(/[*?[]/g, sign => `[${sign}]`).replaceAll("'", "''")}'`

/** A path to write to, as a literal of SQL. */
export const targetLiteral = (path: string): string => `'${path.replaceAll("'", "''")}'`
