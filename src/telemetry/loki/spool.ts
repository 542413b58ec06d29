import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { countLines, type LogBatch, oldestMs, renderBatch } from './log-batch.ts'

/** One batch that waits: the gzipped body of a push. */
export interface SpoolEntry {
  /** Sorts by the time it was written. */
  readonly name: string
  readonly bytes: number
  readonly lines: number
  readonly oldestMs: number
  /** Set when the disk refused it and it waits in memory instead. */
  readonly body?: Buffer
}

export interface SpoolOptions {
  directory: string
  maxBytes: number
  /** How much may wait in memory when the disk refuses. */
  maxMemoryBytes?: number
  onLost(reason: 'spool_full' | 'disk', lines: number): void
}

export interface Spool {
  /** Puts a batch on disk before it returns. */
  add(batch: LogBatch): void
  oldest(): SpoolEntry | undefined
  /** The gzipped body. Throws when the file is gone. */
  read(entry: SpoolEntry): Buffer
  remove(entry: SpoolEntry): void
  /** The entry being sent is not cut off by the bound. */
  hold(entry: SpoolEntry | undefined): void
  waiting(): { bytes: number; lines: number; oldestMs: number | null }
}

const fileName = /^(\d{13})-\d{8}-[0-9a-f]{8}-(\d+)\.json\.gz$/

/**
 * Batches on disk, oldest first, at most `maxBytes` of them: beyond that the oldest are dropped and told. Takes up what an
 * earlier process left. Synchronous: it lives in a thread of its own.
 */
export function createSpool({ directory, maxBytes, maxMemoryBytes = 8 * 1024 * 1024, onLost }: SpoolOptions): Spool {
  const run = randomBytes(4).toString('hex') // two processes in one directory never overwrite each other's files
  const entries = findLeftovers(directory)
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
  let lastStamp = 0
  let count = 0
  let held: SpoolEntry | undefined

  function drop(index: number): SpoolEntry | undefined {
    const [entry] = entries.splice(index, 1)
    if (entry === undefined) return undefined
    bytes -= entry.bytes
    if (entry.body === undefined) removeFile(join(directory, entry.name))
    return entry
  }

  function keepBound() {
    while (bytes > maxBytes) {
      const dropped = drop(entries[0] === held ? 1 : 0)
      if (dropped === undefined) return
      onLost('spool_full', dropped.lines)
    }
  }

  function memoryBytes() {
    return entries.reduce((sum, entry) => sum + (entry.body?.length ?? 0), 0)
  }

  keepBound()
  return {
    add(batch) {
      const oldest = oldestMs(batch)
      if (oldest === null) return
      const body = gzipSync(renderBatch(batch), { level: 1 })
      lastStamp = Math.max(lastStamp, oldest) // a clock set back must not change the order
      const lines = countLines(batch)
      const stamp = `${String(lastStamp).padStart(13, '0')}-${String(count++).padStart(8, '0')}`
      const entry = { name: `${stamp}-${run}-${lines}.json.gz`, bytes: body.length, lines, oldestMs: oldest }
      try {
        writeDurably(directory, entry.name, body)
        entries.push(entry)
      } catch {
        if (memoryBytes() + body.length > maxMemoryBytes) return onLost('disk', lines)
        entries.push({ ...entry, body })
      }
      bytes += body.length
      keepBound()
    },
    oldest: () => entries[0],
    read: entry => entry.body ?? readFileSync(join(directory, entry.name)),
    remove(entry) {
      drop(entries.indexOf(entry))
    },
    hold(entry) {
      held = entry
    },
    waiting: () => ({
      bytes,
      lines: entries.reduce((sum, entry) => sum + entry.lines, 0),
      oldestMs: entries[0]?.oldestMs ?? null,
    }),
  }
}

/** Whole on disk or not there at all, also after a loss of power. */
function writeDurably(directory: string, name: string, body: Buffer) {
  const path = join(directory, name)
  mkdirSync(directory, { recursive: true })
  const file = openSync(`${path}.tmp`, 'w')
  try {
    for (let written = 0; written < body.length; ) written += writeSync(file, body, written)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.tmp`, path)
}

function removeFile(path: string) {
  try {
    unlinkSync(path)
  } catch {
    return // it is sent again at the next start, and Loki folds the two into one
  }
}

function findLeftovers(directory: string): SpoolEntry[] {
  let names: string[] = []
  try {
    names = readdirSync(directory)
  } catch {
    return [] // nothing was ever left
  }
  const entries: SpoolEntry[] = []
  for (const name of names.sort()) {
    const path = join(directory, name)
    if (name.endsWith('.tmp')) removeFile(path)
    const [, oldest, lines] = fileName.exec(name) ?? []
    if (oldest === undefined || lines === undefined) continue
    const bytes = statSync(path, { throwIfNoEntry: false })?.size
    if (bytes !== undefined) entries.push({ name, bytes, lines: Number(lines), oldestMs: Number(oldest) })
  }
  return entries
}
