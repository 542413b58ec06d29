import { chmod, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type DuckDb, fileLiteral, targetLiteral } from './duck-db.ts'

/** `user_events_2026_01.parquet`, of the month that begins on `2026-01-01`. */
export const archiveFileName = (month: string): string => `user_events_${month.slice(0, 7).replace('-', '_')}.parquet`

/** The rows of archived_events(), as COPY writes them to CSV. */
const csvColumns =
  "{id: 'uuid', pseudonym: 'uuid', event_type: 'varchar', metadata: 'varchar', created_at: 'timestamptz', request_id: 'varchar', campaign: 'varchar', synthetic: 'boolean'}"

/** Contents as archive_contents() calculates them of the table. */
const CONTENTS = (file: string) => `
select count(*)::varchar || ':' || coalesce(sum(('0x' || md5(concat_ws('|', id, coalesce(pseudonym::varchar, ''), event_type,
  metadata, strftime(created_at, '%Y-%m-%d %H:%M:%S.%f') || '+00', coalesce(request_id, ''), coalesce(campaign, ''),
  if(synthetic, 't', 'f')))[1:15])::bigint), 0)::varchar as contents
from read_parquet(${fileLiteral(file)})`

const write = (duckDb: DuckDb, rows: string, file: string) =>
  duckDb.query(`copy (${rows}) to ${targetLiteral(file)} (format parquet, compression zstd)`)

/** Writes the CSV rows of a month as Parquet. */
export const writeFromCsv = (duckDb: DuckDb, csv: string, file: string) =>
  write(
    duckDb,
    `select * from read_csv(${fileLiteral(csv)}, header = false, delim = ',', quote = '"', escape = '"', nullstr = '',
      auto_detect = false, columns = ${csvColumns})`,
    file,
  )

/** Writes a file again without these pseudonyms. */
export const writeWithout = (duckDb: DuckDb, from: string, pseudonyms: readonly string[], file: string) =>
  write(
    duckDb,
    `select * from read_parquet(${fileLiteral(from)}) where pseudonym is null or pseudonym not in (${uuids(pseudonyms)})`,
    file,
  )

/** Number and checksum of the rows of a file. */
export async function readContents(duckDb: DuckDb, file: string): Promise<string> {
  const [row] = await duckDb.query(CONTENTS(file))
  return String(row?.contents)
}

/** How many of the rows of a file are of these pseudonyms. */
export async function countRowsOf(duckDb: DuckDb, file: string, pseudonyms: readonly string[]): Promise<number> {
  if (pseudonyms.length === 0) return 0
  const [row] = await duckDb.query(
    `select count(*)::integer as n from read_parquet(${fileLiteral(file)}) where pseudonym in (${uuids(pseudonyms)})`,
  )
  return Number(row?.n)
}

const uuids = (pseudonyms: readonly string[]) => pseudonyms.map(pseudonym => `'${pseudonym}'::uuid`).join(', ')

/** Gives a finished draft its name: synced to disk before, and the folder after. */
export async function publish(draft: string, file: string): Promise<void> {
  await chmod(draft, 0o600)
  await sync(draft, 'r+')
  await rename(draft, file)
  await sync(dirname(file), 'r')
}

async function sync(path: string, mode: string): Promise<void> {
  const handle = await open(path, mode)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
