import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath } from 'node:url'

const compiledPosition = /(?<file>file:\/\/[^\s()]+\.js):(?<line>\d+):(?<column>\d+)/g
const maps = new Map<string, SourceMap | null>()

/**
 * Replaces positions in compiled files by those in their sources, where a source map lies beside them. Node's own
 * `--enable-source-maps` does the same, but reads every map at the start: a tenth of the start, and 4 MB of each thread.
 */
export function toSourcePositions(stack: string): string {
  return stack.replace(compiledPosition, (position, file: string, line: string, column: string) => {
    const entry = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1)
    if (entry === undefined || !('originalSource' in entry)) return position
    const source = fileURLToPath(new URL(entry.originalSource, file))
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  })
}

/** Null if the file has no readable map: its positions stay as they are. */
function mapOf(file: string): SourceMap | null {
  const known = maps.get(file)
  if (known !== undefined) return known
  const map = readMap(file)
  maps.set(file, map)
  return map
}

function readMap(file: string): SourceMap | null {
  try {
    const payload: SourceMapPayload = JSON.parse(readFileSync(fileURLToPath(`${file}.map`), 'utf8'))
    return new SourceMap(payload)
  } catch {
    return null
  }
}
