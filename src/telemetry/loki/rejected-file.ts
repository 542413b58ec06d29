import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LogBatch } from './log-batch.ts'

/** Dead-letter file: stores permanently rejected lines with the reason; rotated at `maxBytes`, with one older file. */
export function createRejectedFile(path: string, maxBytes: number) {
  return {
    /** Never throws: a line that cannot be stored is still counted by the caller. */
    add(batch: LogBatch, reason: string): void {
      const text = batch
        .flatMap(({ stream, values }) =>
          values.map(([ns, line]) => `${JSON.stringify({ reason: reason.slice(0, 500), stream, ns, line })}\n`),
        )
        .join('')
      try {
        mkdirSync(dirname(path), { recursive: true })
        const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
        if (size > 0 && size + Buffer.byteLength(text) > maxBytes) renameSync(path, `${path}.1`)
        appendFileSync(path, text.slice(0, maxBytes))
      } catch {
        return // only the metric counts these lines
      }
    },
  }
}
