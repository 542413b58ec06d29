import { join } from 'node:path'
import { StartupError } from '../errors.ts'
import { diskFiles, type Files, type FilesAtStart } from '../process/files.ts'
import { writeDurably } from './durable-file.ts'
import type { Batch } from './event-store.ts'
import { readSpoolFile, writeParts } from './fact-codec.ts'
import type { Fact } from './facts.ts'
import { createQuarantine } from './quarantine.ts'
import { countOf, idOf, sequenceOf, takeOver } from './spool-names.ts'

/** Why facts left the queue without reaching PostgreSQL: their file could not be used, or was deleted. */
export type SpoolLoss = 'unreadable' | 'vanished'

/** Batches of facts waiting on disk, oldest first. One process per directory. */
export interface Spool {
  /** Durable when it resolves: written, synced, renamed, and the directory synced. Rejects when the disk refuses. */
  add(batch: Batch): Promise<void>
  /**
   * The oldest batch with a fact of a user who is not `held`, or null. What holds no facts is quarantined and skipped;
   * rejects when the disk fails for now.
   */
  next(held?: ReadonlySet<number>): Promise<Batch | null>
  /**
   * Replaces a batch that `next` gave by its parts, durably: from then on it is never applied as a whole. No parts drop it;
   * what the disk does not drop is applied again at the next start, which changes nothing.
   */
  replace(batch: Batch, parts: readonly Batch[]): Promise<void>
  /** Puts a fact that PostgreSQL permanently rejected into `dead-letter.ndjson`, with the reason. */
  reject(fact: Fact, reason: string): Promise<void>
  /** Removes a user from everything that is quarantined. */
  erase(userId: number): Promise<void>
  /** Facts waiting. */
  size(): number
  /** When the oldest of them happened, or in a file of an earlier process that was not read yet was written; null when none waits. */
  oldestAt(): Date | null
  /** True if `next` may find a batch. */
  hasNext(held: ReadonlySet<number>): boolean
  /** Users with facts waiting, without those in files of an earlier process that were not read yet. */
  users(): Set<number>
  /** Calls back with the number of facts that left the queue unstored, also for what was found when it was opened. */
  onLoss(callback: (reason: SpoolLoss, facts: number) => void): void
}

interface Entry {
  name: string
  count: number
  /** When the oldest of its facts happened; of a file that was not read yet, when it was written. */
  since: Date
  /** Whose facts are in the file; null until a file of an earlier process is read. */
  users: ReadonlySet<number> | null
  /** What this process wrote there, until it is read; null for files of an earlier one, and beyond `copiesLimit`. */
  copy: string | null
  /** What remains to be applied; null until the file is read. */
  batches: Batch[] | null
}

/** Characters of spooled facts held in memory as well, so that a file which is deleted or damaged costs nothing. */
const copiesLimit = 16_000_000

/** Errors of a read that pass: the file may be fine. */
const passing: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'EBUSY']

/** Opens the spool below `dataDir` and takes over what an earlier process left there. Throws StartupError. */
export function createSpool(dataDir: string, files: Files = diskFiles): Spool {
  const dir = join(dataDir, 'spool', 'events')
  const losses: [SpoolLoss, number][] = []
  let onLoss: (reason: SpoolLoss, facts: number) => void = (...loss) => void losses.push(loss)
  const entries: Entry[] = openFolder(dir).map(name => ({
    name,
    count: countOf(name),
    since: files.sync.describe(join(dir, name))?.modifiedAt ?? new Date(),
    users: null,
    copy: null,
    batches: null,
  }))
  let sequence = sequenceOf(entries.at(-1)?.name ?? '')
  let copied = 0
  const quarantine = createQuarantine(dir, files)

  function openFolder(path: string): string[] {
    makeFolder(dataDir, path, files.sync)
    const { names, unusable } = takeOver(path, files.sync)
    for (const facts of unusable) onLoss('unreadable', facts)
    return names
  }
  const forget = (entry: Entry) => {
    const at = entries.indexOf(entry)
    if (at >= 0) entries.splice(at, 1)
    dropCopy(entry)
  }
  const quarantineFile = async (entry: Entry) => {
    onLoss('unreadable', entry.count)
    forget(entry)
    // where this fails the next process finds the file again
    await files.rename(join(dir, entry.name), join(dir, `${entry.name}.quarantined`)).catch(() => undefined)
  }
  const dropCopy = (entry: Entry) => {
    copied -= entry.copy?.length ?? 0
    entry.copy = null
  }
  const setBatches = (entry: Entry, batches: Batch[]) => {
    dropCopy(entry)
    entry.batches = batches
    entry.users = usersOf(batches)
    entry.count = sumOf(batches)
    entry.since = oldestOf(batches) ?? entry.since
  }
  /** The batches of a file; null when it is not there or none any more, and then its entry is dropped. */
  const load = async (entry: Entry): Promise<Batch[] | null> => {
    if (entry.batches !== null) return entry.batches
    let text = entry.copy
    try {
      text ??= await files.read(join(dir, entry.name))
    } catch (err) {
      const code = err instanceof Error && 'code' in err ? err.code : undefined
      if (passing.includes(code)) throw err
      if (code !== 'ENOENT') await quarantineFile(entry)
      else {
        onLoss('vanished', entry.count)
        forget(entry)
      }
      return null
    }
    const file = readSpoolFile(text, idOf(entry.name))
    if (file === null) {
      await quarantineFile(entry)
      return null
    }
    for (const other of file.others) await quarantine.add(other, 'not a fact')
    if (file.others.length > 0) onLoss('unreadable', file.others.length)
    setBatches(entry, file.batches)
    return file.batches
  }

  return {
    onLoss: callback => {
      onLoss = callback
      for (const loss of losses.splice(0)) onLoss(...loss)
    },
    add: async ({ id, facts }) => {
      const name = `${String(++sequence).padStart(12, '0')}-${facts.length}-${id}.json`
      const text = JSON.stringify(facts)
      await writeDurably(join(dir, name), text, files)
      await files.syncDirectory(dir)
      const copy = copied + text.length <= copiesLimit ? text : null
      copied += copy?.length ?? 0
      entries.push({
        name,
        count: facts.length,
        since: oldestOf([{ id, facts }]) ?? new Date(),
        users: usersOf([{ id, facts }]),
        copy,
        batches: null,
      })
    },
    next: async (held = noUsers) => {
      let passed = 0
      for (let entry = entries[0]; entry !== undefined; entry = entries[passed]) {
        const batches = isOpen(entry.users, held) ? await load(entry) : []
        const open = batches?.find(batch => isOpen(usersOf([batch]), held))
        if (open !== undefined) return open
        if (batches !== null) passed += 1
      }
      return null
    },
    replace: async (batch, parts) => {
      const entry = entries.find(({ batches }) => batches?.some(({ id }) => id === batch.id))
      const rest = entry?.batches?.flatMap(other => (other.id === batch.id ? parts : [other]))
      if (entry === undefined || rest === undefined) return
      if (rest.length === 0) {
        forget(entry)
        await files.remove(join(dir, entry.name)).catch(() => undefined)
        return
      }
      const written = writeDurably(join(dir, entry.name), writeParts(rest), files).then(() => files.syncDirectory(dir))
      await (parts.length > 0 ? written : written.catch(() => undefined))
      setBatches(entry, rest)
    },
    reject: (fact, reason) => quarantine.add(fact, reason),
    erase: quarantine.erase,
    size: () => entries.reduce((sum, { count }) => sum + count, 0),
    oldestAt: () => entries.reduce<Date | null>((oldest, { since }) => earlier(oldest, since), null),
    hasNext: held => entries.some(({ users }) => isOpen(users, held)),
    users: () => new Set(entries.flatMap(({ users }) => [...(users ?? [])])),
  }
}

/** Creates the folder. Throws a StartupError that names what stands in its place. */
function makeFolder(dataDir: string, dir: string, files: FilesAtStart): void {
  try {
    files.makeFolder(dir)
    files.list(dir)
  } catch (cause) {
    const inTheWay = [join(dataDir, 'spool'), dir].find(path => files.describe(path)?.isFile)
    throw new StartupError(
      inTheWay === undefined
        ? `The folder ${dir}, where facts wait for PostgreSQL, cannot be used: give this process the right to read and write it`
        : `${inTheWay} is a file, and the bot needs a folder there for facts that wait for PostgreSQL: move it to another place`,
      { cause },
    )
  }
}

const noUsers: ReadonlySet<number> = new Set()
const isOpen = (users: ReadonlySet<number> | null, held: ReadonlySet<number>): boolean =>
  users === null || [...users].some(userId => !held.has(userId))
const usersOf = (batches: readonly Batch[]): Set<number> =>
  new Set(batches.flatMap(({ facts }) => facts.map(({ userId }) => userId)))
const earlier = (a: Date | null, b: Date): Date => (a === null || b < a ? b : a)
const oldestOf = (batches: readonly Batch[]): Date | null =>
  batches.flatMap(({ facts }) => facts).reduce<Date | null>((oldest, { at }) => earlier(oldest, at), null)
const sumOf = (batches: readonly Batch[]): number => batches.reduce((sum, { facts }) => sum + facts.length, 0)
