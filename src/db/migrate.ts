import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import pg from 'pg'

/** The SQL files of the repository; the same relative place from `src` and from `dist`. */
const migrationsDir = fileURLToPath(new URL('../../migrations', import.meta.url))

/**
 * Brings the schema up to date, all pending files in one transaction. Waits while another process does the same. Returns
 * the names of the files applied.
 */
export async function migrate(url: string): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'vkusvill-bot migrate',
    connectionTimeoutMillis: 5_000,
  })
  await client.connect()
  try {
    const applied = await runner({
      dbClient: client,
      dir: migrationsDir,
      direction: 'up',
      migrationsTable: 'schema_migrations',
      advisoryLockMode: 'wait',
      log: () => undefined,
      logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    return applied.map(m => m.name)
  } finally {
    await client.end()
  }
}
