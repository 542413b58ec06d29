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

/** A batch that waits: the gzipped body of a push. */
export interface SpoolEntry {
  /** File name; sorts by the time of writing. */
  readonly name: string
  readonly bytes: number
  readonly lines: number
  readonly oldestMs: number
  /** Set if writing to disk failed and the batch waits in memory. */
  readonly body?: Buffer
}

interface SpooledBatch {
  /** Gzipped. */
  body: Buffer
  batch: LogBatch
  /** Of the body unzipped. */
  rawBytes: number
}

export interface LogSpoolOptions {
  directory: string
  /** Directory for unreadable files; beyond `maxQuarantined` the oldest are deleted. */
  quarantineDirectory: string
  maxBytes: number
  /** Bound of the memory used while the disk fails. */
  maxMemoryBytes?: number
  onLost(reason: 'spool_full' | 'disk', lines: number): void
}

export interface LogSpool {
  /** Stores a batch; it is on disk when this returns. */
  add(batch: LogBatch): void
  oldest(): SpoolEntry | undefined
  /** The entry to be sent after the given one. */
  after(entry: SpoolEntry): SpoolEntry | undefined
  /** Reads a batch. Throws if its file is missing, unreadable or not a batch of log lines. */
  read(entry: SpoolEntry): SpooledBatch
  remove(entry: SpoolEntry): void
  /** Moves a file that cannot be read to the quarantine directory; an operator can move it back. */
  quarantine(entry: SpoolEntry): void
  /** Protects the entries in flight, and no others, from being dropped by the bound. */
  hold(entries: readonly SpoolEntry[]): void
  waiting(): { bytes: number; lines: number; oldestMs: number | null }
}

/** With `.tmp` if the process was killed before the rename; the file may be complete. */
const fileName = /^(\d{13})-\d{8}-[0-9a-f]{8}-(\d+)\.json\.gz(?:\.tmp)?$/
const maxQuarantined = 100

/**
 * Queue of batches on disk, oldest first, bounded by `maxBytes`: beyond it the oldest are dropped and reported. Begins with
 * all files in the directory; the reader quarantines those that are not batches. Synchronous: it runs in its own thread.
 */
export function createLogSpool(options: LogSpoolOptions): LogSpool {
  const { directory, quarantineDirectory, maxBytes, maxMemoryBytes = 8 * 1024 * 1024, onLost } = options
  const run = randomBytes(4).toString('hex') // two processes in one directory never overwrite each other's files
  const entries = findBacklog(directory)
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
  let lastStamp = 0
  let count = 0
  let held: readonly SpoolEntry[] = []
  /** The last batch added: as a rule it is sent immediately, and need not be read, unzipped and parsed for that. */
  let newest: { entry: SpoolEntry; content: SpooledBatch } | undefined

  function removeEntry(index: number): SpoolEntry | undefined {
    const [entry] = entries.splice(index, 1)
    if (newest?.entry === entry) newest = undefined
    if (entry !== undefined) bytes -= entry.bytes
    return entry
  }

  function drop(index: number): SpoolEntry | undefined {
    const entry = removeEntry(index)
    if (entry !== undefined && entry.body === undefined) removeFile(join(directory, entry.name))
    return entry
  }

  function enforceBound() {
    while (bytes > maxBytes) {
      const index = entries.findIndex(entry => !held.includes(entry))
      if (index < 0) return
      onLost('spool_full', drop(index)?.lines ?? 0)
    }
  }

  function memoryBytes() {
    return entries.reduce((sum, entry) => sum + (entry.body?.length ?? 0), 0)
  }

  enforceBound()
  return {
    add(batch) {
      const oldest = oldestMs(batch)
      if (oldest === null) return
      const raw = Buffer.from(renderBatch(batch))
      const body = gzipSync(raw, { level: 1 })
      lastStamp = Math.max(lastStamp, oldest) // a clock set back must not change the order
      const lines = countLines(batch)
      const stamp = `${String(lastStamp).padStart(13, '0')}-${String(count++).padStart(8, '0')}`
      const entry = { name: `${stamp}-${run}-${lines}.json.gz`, bytes: body.length, lines, oldestMs: oldest }
      try {
        writeDurably(directory, entry.name, body)
        entries.push(entry)
        newest = { entry, content: { body, batch, rawBytes: raw.length } }
      } catch {
        if (memoryBytes() + body.length > maxMemoryBytes) return onLost('disk', lines)
        entries.push({ ...entry, body })
      }
      bytes += body.length
      enforceBound()
    },
    oldest: () => entries[0],
    after: entry => entries[entries.indexOf(entry) + 1],
    read(entry) {
      if (newest?.entry === entry) return newest.content
      const body = entry.body ?? readRegularFile(join(directory, entry.name))
      const raw = gunzipSync(body)
      const batch = parseBatch(raw.toString())
      if (countLines(batch) === 0) throw new RangeError('a spool file without lines')
      return { body, batch, rawBytes: raw.length }
    },
    remove(entry) {
      drop(entries.indexOf(entry))
    },
    quarantine(entry) {
      removeEntry(entries.indexOf(entry))
      if (entry.body === undefined) moveToQuarantine(join(directory, entry.name), quarantineDirectory, entry.name)
    },
    hold(inFlight) {
      held = inFlight
    },
    waiting: () => ({
      bytes,
      lines: entries.reduce((sum, entry) => sum + entry.lines, 0),
      oldestMs: entries[0]?.oldestMs ?? null,
    }),
  }
}

/** Writes a file atomically: complete or absent, also after a power loss. */
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
    return // it is sent again at the next start, and Loki drops the duplicates
  }
}

/** Reads regular files only: reading a pipe could block the thread forever. */
function readRegularFile(path: string): Buffer {
  if (!statSync(path).isFile()) throw new RangeError('not a file')
  return readFileSync(path)
}

/** Never throws: a file that cannot be moved stays, and is counted again at the next start. */
function moveToQuarantine(path: string, directory: string, name: string) {
  try {
    mkdirSync(directory, { recursive: true })
    renameSync(path, join(directory, name))
    const held = readdirSync(directory).sort()
    for (const old of held.slice(0, -maxQuarantined)) rmSync(join(directory, old), { recursive: true, force: true })
  } catch {
    return // deleted, or on a read-only disk: the caller has counted its lines
  }
}

function findBacklog(directory: string): SpoolEntry[] {
  let names: string[] = []
  try {
    names = readdirSync(directory)
  } catch {
    return [] // there is no backlog, or the directory is unreadable: then new lines wait in memory
  }
  return names.sort().flatMap(name => {
    const [, oldest, lines] = fileName.exec(name) ?? []
    const found = lstatSync(join(directory, name), { throwIfNoEntry: false })
    if (found === undefined) return []
    return [{ name, bytes: found.size, lines: Number(lines ?? 1), oldestMs: Number(oldest ?? found.mtimeMs) }]
  })
}
