import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StartupError } from '../errors.ts'
import { syncDirectory, writeDurably } from './durable-file.ts'
import type { Batch } from './event-store.ts'
import { readSpoolFile, writeParts } from './fact-codec.ts'
import type { Fact } from './facts.ts'
import { createQuarantine } from './quarantine.ts'
import { countOf, idOf, sequenceOf, takeOver } from './spool-names.ts'

/** Why facts left the queue without reaching PostgreSQL: their file could not be used, or somebody removed it. */
export type SpoolLoss = 'unreadable' | 'vanished'

/** Batches of facts waiting on disk, oldest first. One process per directory. */
export interface Spool {
  /** Durable when it resolves: written, synced, renamed, and the directory synced. Rejects when the disk refuses. */
  add(batch: Batch): Promise<void>
  /** The oldest batch, or null. What holds no facts is quarantined and skipped; rejects when the disk fails for now. */
  oldest(): Promise<Batch | null>
  /** Drops the batch `oldest` gave. A file the disk does not let go of is applied again at the next start: a no-op. */
  remove(batch: Batch): Promise<void>
  /** Replaces the batch `oldest` gave by its parts, durably: from then on it is never applied as a whole. */
  split(batch: Batch, parts: readonly Batch[]): Promise<void>
  /** Puts a fact that PostgreSQL permanently rejected into `dead-letter.ndjson`, with the reason. */
  reject(fact: Fact, reason: string): Promise<void>
  /** Removes a user from everything that is quarantined. */
  erase(userId: number): Promise<void>
  /** Facts waiting. */
  size(): number
  /** Calls back with the number of facts that left the queue unstored, also for what was found when it was opened. */
  onLoss(callback: (reason: SpoolLoss, facts: number) => void): void
}

interface Entry {
  name: string
  count: number
  /** What this process wrote there; null for files of an earlier one, and beyond `copiesLimit`. */
  copy: string | null
}

/** Characters of spooled facts held in memory as well, so that a file which is deleted or damaged costs nothing. */
const copiesLimit = 16_000_000

/** Errors of a read that pass: the file may be fine. */
const passing: readonly unknown[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'EBUSY']

/** Opens the spool below `dataDir` and takes over what an earlier process left there. Throws StartupError. */
export function createSpool(dataDir: string): Spool {
  const dir = join(dataDir, 'spool', 'events')
  const losses: [SpoolLoss, number][] = []
  let onLoss: (reason: SpoolLoss, facts: number) => void = (...loss) => void losses.push(loss)
  const entries: Entry[] = openFolder(dir).map(name => ({ name, count: countOf(name), copy: null }))
  let sequence = sequenceOf(entries.at(-1)?.name ?? '')
  /** The oldest file as far as it was read, without the parts that are done. */
  let head: { entry: Entry; batches: Batch[] } | null = null
  let copied = 0
  const quarantine = createQuarantine(dir)

  function openFolder(path: string): string[] {
    makeFolder(dataDir, path)
    const { names, unusable } = takeOver(path)
    for (const facts of unusable) onLoss('unreadable', facts)
    return names
  }
  const forget = (entry: Entry) => {
    const at = entries.indexOf(entry)
    if (at >= 0) entries.splice(at, 1)
    if (head?.entry === entry) head = null
    copied -= entry.copy?.length ?? 0
  }
  const setAside = async (entry: Entry) => {
    onLoss('unreadable', entry.count)
    forget(entry)
    // where this fails the next process finds the file again
    await rename(join(dir, entry.name), join(dir, `${entry.name}.quarantined`)).catch(() => undefined)
  }
  /** The batches of a file; null when it is not there or none any more. */
  const read = async (entry: Entry): Promise<Batch[] | null> => {
    let text = entry.copy
    try {
      text ??= await readFile(join(dir, entry.name), 'utf8')
    } catch (err) {
      const code = err instanceof Error && 'code' in err ? err.code : undefined
      if (passing.includes(code)) throw err
      if (code !== 'ENOENT') await setAside(entry)
      else {
        onLoss('vanished', entry.count)
        forget(entry)
      }
      return null
    }
    const file = readSpoolFile(text, idOf(entry.name))
    if (file === null) {
      await setAside(entry)
      return null
    }
    for (const other of file.others) await quarantine.add(other, 'not a fact')
    if (file.others.length > 0) onLoss('unreadable', file.others.length)
    entry.count = sumOf(file.batches)
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
      await writeDurably(join(dir, name), text)
      await syncDirectory(dir)
      const copy = copied + text.length <= copiesLimit ? text : null
      copied += copy?.length ?? 0
      entries.push({ name, count: facts.length, copy })
    },
    oldest: async () => {
      for (let entry = entries[0]; entry !== undefined; entry = entries[0]) {
        if (head?.entry !== entry) {
          const batches = await read(entry)
          head = batches === null ? null : { entry, batches }
        }
        const batch = head?.batches[0]
        if (batch !== undefined) return batch
      }
      return null
    },
    remove: async batch => {
      if (head?.batches[0]?.id !== batch.id) return
      const { entry, batches } = head
      batches.shift()
      entry.count = sumOf(batches)
      if (batches.length > 0) return
      forget(entry)
      await rm(join(dir, entry.name), { force: true }).catch(() => undefined)
    },
    split: async (batch, parts) => {
      if (head?.batches[0]?.id !== batch.id) return
      const batches = [...parts, ...head.batches.slice(1)]
      await writeDurably(join(dir, head.entry.name), writeParts(batches))
      await syncDirectory(dir)
      head.batches = batches
    },
    reject: (fact, reason) => quarantine.add(fact, reason),
    erase: quarantine.erase,
    size: () => entries.reduce((sum, { count }) => sum + count, 0),
  }
}

/** Creates the folder. Throws a StartupError that names what stands in its place. */
function makeFolder(dataDir: string, dir: string): void {
  try {
    mkdirSync(dir, { recursive: true })
    readdirSync(dir)
  } catch (cause) {
    const inTheWay = [join(dataDir, 'spool'), dir].find(path => statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new StartupError(
      inTheWay === undefined
        ? `The folder ${dir}, where facts wait for PostgreSQL, cannot be used: give this process the right to read and write it, or set DATA_DIR to another folder`
        : `${inTheWay} is a file, and the bot needs a folder there for facts that wait for PostgreSQL: move it away`,
      { cause },
    )
  }
}

const sumOf = (batches: readonly Batch[]): number => batches.reduce((sum, { facts }) => sum + facts.length, 0)
