import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Lines of one file of the journal, which takes no more. */
export interface SealedLines {
  /** Numbers files in the order of their lines; the same after a restart. */
  readonly sequence: number
  /** pino's JSON lines. Throws if the file of an earlier process cannot be read. */
  read(): string
  /** Removes the file. Never throws. */
  remove(): void
}

export interface LineJournal {
  /**
   * Adds lines, each with its line feed; when this returns they survive the process, but not a power cut. Never throws: lines
   * that the disk does not take wait in memory.
   */
  append(lines: string): void
  /** Ends the current file; undefined if it has no line. */
  seal(): SealedLines | undefined
}

const fileName = /^(\d{10})\.ndjson$/

/**
 * Opens the files that hold lines between their arrival and the batch they are shipped in: adding a line to a file that is open
 * costs a write, a batch a file of its own, compression and fsync. `left` is what an earlier process did not come to batch.
 */
export function openLineJournal(directory: string): { journal: LineJournal; left: SealedLines[] } {
  const left = sequencesIn(directory).map(sequence => ({
    sequence,
    read: () => readFileSync(pathOf(sequence), 'utf8'),
    remove: () => remove(sequence),
  }))
  let sequence = (left.at(-1)?.sequence ?? -1) + 1
  let lines: string[] = []
  let file: number | undefined

  function pathOf(sequence: number): string {
    return join(directory, `${String(sequence).padStart(10, '0')}.ndjson`)
  }

  function remove(sequence: number): void {
    try {
      unlinkSync(pathOf(sequence))
    } catch {
      return // already deleted; or its lines get the same times again at the next start, and Loki drops the duplicates
    }
  }

  function store(chunk: string): void {
    try {
      if (file === undefined) {
        mkdirSync(directory, { recursive: true })
        file = openSync(pathOf(sequence), 'a')
      }
      writeSync(file, chunk)
    } catch {
      return // a full or read-only disk: the batch will wait in memory too
    }
  }

  return {
    journal: {
      append(chunk) {
        lines.push(chunk)
        store(chunk)
      },
      seal() {
        if (lines.length === 0) return undefined
        const text = lines.join('')
        const sealed = sequence++
        if (file !== undefined) closeSync(file)
        file = undefined
        lines = []
        return { sequence: sealed, read: () => text, remove: () => remove(sealed) }
      },
    },
    left,
  }
}

function sequencesIn(directory: string): number[] {
  try {
    return readdirSync(directory)
      .flatMap(name => fileName.exec(name)?.slice(1).map(Number) ?? [])
      .sort((a, b) => a - b)
  } catch {
    return [] // there is none, or it is unreadable: then a new line is not stored there either
  }
}
