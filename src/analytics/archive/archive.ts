import { access, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type pg from 'pg'
import { StartupError } from '../../errors.ts'
import { archiveFileName, countRowsOf, publish, readContents, writeFromCsv, writeWithout } from './archive-file.ts'
import { type ArchiveStore, createArchiveStore, type EventMonth } from './archive-store.ts'
import { type DuckDb, openDuckDb } from './duck-db.ts'

/** Months older than this are archived. */
export const archivedAfterMonths = 3

/** What a run did with the file of a month. */
export interface ArchivedMonth {
  month: string
  events: number
  change: 'written' | 'written again' | 'unchanged' | 'erased users taken out'
}

export interface Archive {
  /** Brings the files up to date with the table and with erasures. Throws StartupError, and has lost nothing, when it cannot. */
  write(before: Date): Promise<ArchivedMonth[]>
  /** How many events of a month the file holds; null if it does not hold all of the table, and nothing else. */
  held(month: EventMonth): Promise<number | null>
  close(): void
}

const dayMs = 24 * 3_600_000

/**
 * The archive in `dir`: a Parquet file for each month, pseudonymous and without text (archived_events()). A file gets its name
 * only after it was synced to disk and holds what the table does, by number and checksum of the rows.
 */
export async function openArchive(client: pg.Client, givenDir: string): Promise<Archive> {
  const dir = resolve(givenDir)
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch(cause => {
    throw new StartupError(`--archive: the folder ${dir} cannot be made (${codeOf(cause)})`, { cause })
  })
  const duckDb = await openDuckDb(dir)
  const store = createArchiveStore(client)
  const fileOf = (month: string) => join(dir, archiveFileName(month))

  const writeMonth = async (month: EventMonth): Promise<ArchivedMonth> => {
    await store.givePseudonyms(month)
    return store.withSnapshot(async () => {
      const file = fileOf(month.month)
      const contents = await store.contents(month)
      const found = await contentsOf(duckDb, file)
      const done = { month: month.month, events: rowsIn(contents) }
      if (found !== contents)
        await withDraft(file, async draft => {
          await store.copyToCsv(month, `${draft}.csv`)
          await writeFromCsv(duckDb, `${draft}.csv`, draft)
          await check(duckDb, draft, contents)
          await publish(draft, file)
        })
      await store.record(month.month, [contents])
      return { ...done, change: found === contents ? 'unchanged' : found === null ? 'written' : 'written again' }
    })
  }

  return {
    write: async before => {
      await removeOldDrafts(dir)
      const months: ArchivedMonth[] = []
      const erased = await store.erased()
      for (const dropped of await store.dropped()) months.push(await takeOut(store, duckDb, fileOf, dropped, erased))
      for (const month of await store.monthsBefore(before)) months.push(await writeMonth(month))
      await store.forgetErased(erased)
      return months
    },
    held: async month => {
      const contents = await store.contents(month)
      return (await contentsOf(duckDb, fileOf(month.month))) === contents ? rowsIn(contents) : null
    },
    close: duckDb.close,
  }
}

/** Takes erased users out of the file of a month that is no longer in the table: the file is all there is of it. */
async function takeOut(
  store: ArchiveStore,
  duckDb: DuckDb,
  fileOf: (month: string) => string,
  { month, contents }: { month: string; contents: string[] },
  erased: readonly string[],
): Promise<ArchivedMonth> {
  const file = fileOf(month)
  const found = await contentsOf(duckDb, file)
  if (found === null)
    throw new StartupError(
      `${file} is missing: ${month.slice(0, 7)} was archived and dropped, so it is in no other place. Give the folder that it was written to, or put the file back from a backup`,
    )
  if (!contents.includes(found))
    throw new StartupError(`${file} is not what was written there: put it back from a backup`)
  const erasedRows = await countRowsOf(duckDb, file, erased)
  if (erasedRows === 0) {
    await store.record(month, [found])
    return { month, events: rowsIn(found), change: 'unchanged' }
  }
  const events = rowsIn(found) - erasedRows
  await withDraft(file, async draft => {
    await writeWithout(duckDb, file, erased, draft)
    const rest = await readContents(duckDb, draft)
    if (rowsIn(rest) !== events) throw new StartupError(`${draft} holds ${rowsIn(rest)} rows instead of ${events}`)
    await store.record(month, [found, rest])
    await publish(draft, file)
    await store.record(month, [rest])
  })
  return { month, events, change: 'erased users taken out' }
}

/** Of this process alone, deleted when `work` is done. */
async function withDraft(file: string, work: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.${process.pid}.part`
  try {
    await work(draft)
  } finally {
    for (const path of [draft, `${draft}.csv`]) await rm(path, { force: true })
  }
}

/** What a process that was killed left. */
async function removeOldDrafts(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const path = join(dir, name)
    if (/\.\d+\.part(\.csv)?$/.test(name) && (await stat(path)).mtimeMs < Date.now() - dayMs) await rm(path)
  }
}

async function check(duckDb: DuckDb, draft: string, contents: string): Promise<void> {
  const written = await readContents(duckDb, draft)
  if (written !== contents)
    throw new StartupError(`${draft} holds ${written} (rows:checksum), the table ${contents}: nothing was changed`)
}

/** Null when there is no file. A file that cannot be read holds nothing that the table does. */
async function contentsOf(duckDb: DuckDb, file: string): Promise<string | null> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  return isThere ? readContents(duckDb, file).catch(() => 'unreadable') : null
}

const rowsIn = (contents: string): number => Number(contents.split(':')[0])

const codeOf = (err: unknown): string => (err instanceof Error && 'code' in err ? String(err.code) : 'unknown')
