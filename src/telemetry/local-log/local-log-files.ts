import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A file of the local log. */
export interface LocalLogFile {
  path: string
  /** When its first line was written, epoch ms; no line is older. */
  sinceMs: number
}

const fileName = /^(\d{13})\.ndjson$/

/** Where the local log lies below DATA_DIR. */
export const localLogDirectory = (dataDir: string): string => join(dataDir, 'logs', 'local')

export const localLogFile = (directory: string, sinceMs: number): LocalLogFile => ({
  path: join(directory, `${String(sinceMs).padStart(13, '0')}.ndjson`),
  sinceMs,
})

/** The files of the local log, oldest first; none if there is no such directory. Throws if it cannot be read. */
export function findLocalLogFiles(directory: string): LocalLogFile[] {
  let names: string[] = []
  try {
    names = readdirSync(directory)
  } catch (err) {
    if (!(err instanceof Error && 'code' in err && err.code === 'ENOENT')) throw err
  }
  return names.sort().flatMap(name => {
    const [, sinceMs] = fileName.exec(name) ?? []
    return sinceMs === undefined ? [] : [{ path: join(directory, name), sinceMs: Number(sinceMs) }]
  })
}

/** Bytes of a file; 0 if it was deleted. */
export const sizeOf = ({ path }: LocalLogFile): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Deletes the files that began before `beforeMs`, and of the others the oldest until the rest holds at most `maxBytes`. */
export function pruneLocalLog(directory: string, beforeMs: number, maxBytes: number): void {
  let bytes = 0
  for (const file of findLocalLogFiles(directory).reverse()) {
    bytes += sizeOf(file)
    if (file.sinceMs < beforeMs || bytes > maxBytes) rmSync(file.path, { force: true })
  }
}
