import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

export interface RawRow {
  user_id: number
  event_type: string
  metadata: unknown
  created_at: Date
  campaign: string | null
}

/**
 * Loads raw rows into DuckDB as `raw-sql.ts` expects them. New users and their sources are derived from the rows, so that
 * the oracle does not depend on the tables under test.
 */
export async function createDuckDbOracle(timeZone: string) {
  const connection: DuckDBConnection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await connection.run(`set timezone = '${timeZone}'`)
  const dir = mkdtempSync(join(tmpdir(), 'oracle-'))
  const file = join(dir, 'rows.json')
  return {
    load: async (rows: readonly RawRow[]): Promise<void> => {
      writeFileSync(file, rows.map(row => JSON.stringify(row)).join('\n'))
      await connection.run(`
        create or replace table raw_events as
        select user_id, event_type, created_at, campaign, cast(created_at as date) as day,
          case when event_type = 'cart_created' then cast(metadata ->> 'total_sum' as decimal(12, 2)) end as total_sum,
          cast(metadata ->> 'cart_number' as integer) as cart_number, cast(metadata ->> 'revision' as integer) as revision,
          metadata ->> 'affiliate_tag' as affiliate_tag, metadata ->> 'query' as query, metadata ->> 'error_type' as error_type, metadata ->> 'error_message' as error_message, cast(metadata ->> 'had_results' as boolean) as had_results, metadata ->> 'source' as source,
          cast(metadata ->> 'is_new_user' as boolean) as is_new_user,
          metadata ->> 'pmf' as pmf, cast(metadata ->> 'carts_before_survey' as integer) as carts_before_survey
        from read_json('${file}', format = 'newline_delimited', columns = {
          user_id: 'bigint', event_type: 'varchar', metadata: 'json', created_at: 'timestamptz', campaign: 'varchar'})`)
      await connection.run(`
        create or replace table started_users as
        select user_id, min(created_at) as started_at,
          case when bool_or(is_new_user) then cast(min(created_at) as date) end as start_day, arg_min(source, created_at) as source,
          nullif(arg_min(coalesce(campaign, ''), created_at), '') as campaign
        from raw_events where event_type = 'bot_start' group by user_id`)
    },
    query: async (sql: string): Promise<Record<string, unknown>[]> => {
      const rows = await (await connection.runAndReadAll(sql)).getRowObjectsJson()
      return rows.map(row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])))
    },
    close: (): void => {
      connection.closeSync()
      rmSync(dir, { recursive: true })
    },
  }
}

/** Converts integers and decimals, which DuckDB returns as text. */
const plain = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
