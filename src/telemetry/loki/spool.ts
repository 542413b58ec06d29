import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { countLines, type LogBatch, oldestMs, parseBatch, renderBatch } from './log-batch.ts'

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
  /** Where files go that hold no batch; the oldest are deleted beyond `maxQuarantined`. */
  quarantineDirectory: string
  maxBytes: number
  /** How much may wait in memory when the disk refuses. */
  maxMemoryBytes?: number
  onLost(reason: 'spool_full' | 'disk', lines: number): void
}

export interface LogSpool {
  /** Puts a batch on disk before it returns. */
  add(batch: LogBatch): void
  oldest(): SpoolEntry | undefined
  /** The gzipped body and what it holds. Throws when the file is gone, unreadable or no batch of log lines. */
  read(entry: SpoolEntry): { body: Buffer; batch: LogBatch }
  remove(entry: SpoolEntry): void
  /** Moves what `read` threw on out of the way; whoever finds it readable again can move it back. */
  quarantine(entry: SpoolEntry): void
  /** The entry being sent is not cut off by the bound. */
  hold(entry: SpoolEntry | undefined): void
  waiting(): { bytes: number; lines: number; oldestMs: number | null }
}

/** `.tmp`: the process was killed while it wrote the file, which may be whole all the same. */
const fileName = /^(\d{13})-\d{8}-[0-9a-f]{8}-(\d+)\.json\.gz(?:\.tmp)?$/
const maxQuarantined = 100

/**
 * Batches on disk, oldest first, at most `maxBytes` of them: beyond that the oldest are dropped and reported. Takes up all
 * that lies in the directory, whatever it is: what turns out to be no batch is quarantined by its reader. Synchronous: it
 * lives in a thread of its own.
 */
export function createLogSpool(options: SpoolOptions): LogSpool {
  const { directory, quarantineDirectory, maxBytes, maxMemoryBytes = 8 * 1024 * 1024, onLost } = options
  const run = randomBytes(4).toString('hex') // two processes in one directory never overwrite each other's files
  const entries = findBacklog(directory)
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
  let lastStamp = 0
  let count = 0
  let held: SpoolEntry | undefined

  function forget(index: number): SpoolEntry | undefined {
    const [entry] = entries.splice(index, 1)
    if (entry !== undefined) bytes -= entry.bytes
    return entry
  }

  function drop(index: number): SpoolEntry | undefined {
    const entry = forget(index)
    if (entry !== undefined && entry.body === undefined) removeFile(join(directory, entry.name))
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
    read(entry) {
      const body = entry.body ?? readRegularFile(join(directory, entry.name))
      const batch = parseBatch(gunzipSync(body).toString())
      if (countLines(batch) === 0) throw new RangeError('a spool file without lines')
      return { body, batch }
    },
    remove(entry) {
      drop(entries.indexOf(entry))
    },
    quarantine(entry) {
      forget(entries.indexOf(entry))
      if (entry.body === undefined) moveAside(join(directory, entry.name), quarantineDirectory, entry.name)
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

/** Reading a pipe would hold the thread for ever. */
function readRegularFile(path: string): Buffer {
  if (!statSync(path).isFile()) throw new RangeError('not a file')
  return readFileSync(path)
}

/** Never throws: what cannot be moved stays, and is counted again at the next start. */
function moveAside(path: string, directory: string, name: string) {
  try {
    mkdirSync(directory, { recursive: true })
    renameSync(path, join(directory, name))
    const held = readdirSync(directory).sort()
    for (const old of held.slice(0, -maxQuarantined)) rmSync(join(directory, old), { recursive: true, force: true })
  } catch {
    return // deleted, or on a disk that allows no change: the caller has counted its lines
  }
}

function findBacklog(directory: string): SpoolEntry[] {
  let names: string[] = []
  try {
    names = readdirSync(directory)
  } catch {
    return [] // nothing was ever left, or nothing can be read here: then new lines wait in memory
  }
  return names.sort().flatMap(name => {
    const [, oldest, lines] = fileName.exec(name) ?? []
    const found = lstatSync(join(directory, name), { throwIfNoEntry: false })
    if (found === undefined) return []
    return [{ name, bytes: found.size, lines: Number(lines ?? 1), oldestMs: Number(oldest ?? found.mtimeMs) }]
  })
}
