import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { findLocalLogFiles, localLogDirectory } from '../../telemetry/local-log/local-log-files.ts'
import { type LogRecord, readLogRecord } from '../../telemetry/log-record.ts'
import { parseBatch } from '../../telemetry/loki/log-batch.ts'
import { logSpoolDirectory } from '../../telemetry/loki/shipping.ts'
import type { FindLines } from './find-lines.ts'

const unzip = promisify(gunzip)
const mostLines = 2_000
/** Newest batches of the spool that are read: more would only be read in a long outage. */
const mostBatches = 2_000

/**
 * Reads lines from the local log. Each file is searched as bytes, so that only the lines that are found become text.
 * `flush` puts the lines of this process on disk first. Rejects when the disk refuses.
 */
export const createLocalLines =
  (dataDirs: () => readonly string[], flush: () => Promise<void>): FindLines =>
  async needle => {
    await flush()
    const records: LogRecord[] = []
    for (const dataDir of dataDirs()) {
      for (const { path } of findLocalLogFiles(localLogDirectory(dataDir)).reverse()) {
        if (records.length >= mostLines) return { records, isCut: true }
        const bytes = await readFile(path).catch(unlessDeleted)
        if (bytes !== null) records.push(...linesWith(bytes, needle))
      }
    }
    return { records, isCut: false }
  }

/** Reads lines that still wait on disk for Loki. Rejects when the disk refuses. */
export const createSpoolLines =
  (dataDirs: () => readonly string[], flush: () => Promise<void>): FindLines =>
  async needle => {
    await flush()
    const records: LogRecord[] = []
    let isCut = false
    for (const dataDir of dataDirs()) {
      const directory = logSpoolDirectory(dataDir)
      const names = ((await readdir(directory).catch(unlessDeleted)) ?? [])
        .filter(name => name.endsWith('.json.gz'))
        .sort()
      isCut ||= names.length > mostBatches
      for (const name of names.slice(-mostBatches)) {
        const packed = await readFile(join(directory, name)).catch(unlessDeleted) // delivered since
        if (packed !== null) records.push(...(await linesIn(packed, needle)))
      }
    }
    return { records, isCut }
  }

/** The lines of a batch; none of one that is damaged, which the shipping quarantines. */
async function linesIn(packed: Buffer, needle: string): Promise<LogRecord[]> {
  try {
    const batch = (await unzip(packed)).toString()
    if (!batch.includes(JSON.stringify(needle).slice(1, -1))) return []
    const texts = parseBatch(batch).flatMap(({ values }) => values.map(([, line]) => line))
    return texts.filter(line => line.includes(needle)).flatMap(line => readLogRecord(line) ?? [])
  } catch {
    return []
  }
}

/** The lines of a file that hold `needle`. */
function linesWith(bytes: Buffer, needle: string): LogRecord[] {
  const records: LogRecord[] = []
  const lineBreak = 0x0a
  for (let at = bytes.indexOf(needle); at >= 0 && records.length < mostLines; ) {
    const start = bytes.lastIndexOf(lineBreak, at) + 1
    const next = bytes.indexOf(lineBreak, at)
    const end = next < 0 ? bytes.length : next
    const record = readLogRecord(bytes.subarray(start, end).toString())
    if (record !== null) records.push(record)
    at = bytes.indexOf(needle, end)
  }
  return records
}

function unlessDeleted(err: unknown): null {
  if (err instanceof Error && 'code' in err && err.code === 'ENOENT') return null
  throw err
}
