import { appendFileSync, mkdirSync } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import {
  findLocalLogFiles,
  type LocalLogFile,
  localLogDirectory,
  localLogFile,
  pruneLocalLog,
  sizeOf,
} from './local-log-files.ts'

export interface LocalLogOptions {
  dataDir: string
  /** Bound of all files together. */
  maxBytes: number
  now: () => Date
  /** Called with the first failure of a run of them; the lines of a failed write are lost here and nowhere else. */
  onFailure(err: unknown): void
}

export interface LocalLog {
  /** Adds a line that ends with a line break. Never throws; the line is on disk within 0.1 s. */
  write(line: string): void
  /** Resolves when every line written so far is on disk or lost. */
  flush(): Promise<void>
  /** Flushes and releases the timers. */
  close(): Promise<void>
}

const dayMs = 24 * 3_600_000
/** Log lines are retained for 30 days, here as in Loki: a file takes the lines of one day at most. */
const keptMs = 29 * dayMs
const pruneEveryMs = 3_600_000
/** Interval at which lines are written together, and number of characters at which they are written immediately. */
const batchMs = 80
const batchAt = 64 * 1024
/** Characters that may wait for a disk that hangs. */
const mostWaiting = 8 * 1024 * 1024
/** The files are deleted one at a time, so one is a small part of the whole. */
const files = 16

/**
 * Opens the local log: the newest log lines as they are written to standard output, in NDJSON files below DATA_DIR, for the
 * look-up of one request where there is no Loki. Lines after a killed process begin on a line of their own.
 */
export function openLocalLog({ dataDir, maxBytes, now, onFailure }: LocalLogOptions): LocalLog {
  const directory = localLogDirectory(dataDir)
  const fileBytes = Math.ceil(maxBytes / files)
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let isFailing = false
  let file: LocalLogFile | undefined
  let bytes = 0

  const attempt = (work: () => void) => {
    try {
      work()
    } catch (err) {
      failed(err)
    }
  }
  const failed = (err: unknown) => {
    if (isFailing) return
    isFailing = true
    onFailure(err)
  }
  const prune = () => pruneLocalLog(directory, now().getTime() - keptMs, maxBytes - fileBytes)
  /** The file that the next lines go to, with what must stand before them. */
  const current = (): { path: string; lead: string } => {
    const isFirst = file === undefined
    if (file === undefined) {
      mkdirSync(directory, { recursive: true })
      file = findLocalLogFiles(directory).at(-1)
      bytes = file === undefined ? 0 : sizeOf(file)
    }
    const at = now().getTime()
    if (file === undefined || bytes >= fileBytes || Math.abs(at - file.sinceMs) >= dayMs) {
      prune()
      file = localLogFile(directory, at)
      bytes = sizeOf(file)
    }
    return { path: file.path, lead: isFirst && bytes > 0 ? '\n' : '' }
  }
  const take = () => {
    clearTimeout(timer)
    timer = undefined
    const lines = waiting
    waiting = ''
    return lines
  }
  async function drain(): Promise<void> {
    while (waiting !== '') {
      const lines = take()
      try {
        const { path, lead } = current()
        await appendFile(path, lead + lines).catch(async () => {
          await mkdir(directory, { recursive: true }) // an operator may have deleted it
          await appendFile(path, lead + lines)
        })
        bytes += Buffer.byteLength(lines)
        isFailing = false
      } catch (err) {
        failed(err)
      }
    }
  }
  const start = () => {
    writing ??= drain().finally(() => {
      writing = undefined
    })
    return writing
  }
  const writeRest = () =>
    attempt(() => {
      if (waiting === '') return
      const { path, lead } = current()
      appendFileSync(path, lead + take())
    })

  attempt(prune)
  process.prependListener('exit', writeRest)
  const pruning = setInterval(() => attempt(prune), pruneEveryMs).unref()

  return {
    write(line) {
      if (waiting.length + line.length > mostWaiting) return failed(new RangeError('the disk does not answer'))
      waiting += line
      if (waiting.length >= batchAt) void start()
      else timer ??= setTimeout(start, batchMs).unref()
    },
    flush: start,
    async close() {
      clearInterval(pruning)
      await start()
      process.removeListener('exit', writeRest)
    },
  }
}
