import type { Transform } from 'node:stream'
import { pinoLoki } from 'pino-loki'
import type { LogLine } from './log-batch.ts'

export interface FormatterOptions {
  /** Labels of every line, besides its level and its event. */
  labels: Readonly<Record<string, string>>
  intervalMs: number
  /** Takes the lines of one interval, in order. When it throws, the thread dies of it: no line is lost uncounted. */
  take(lines: readonly LogLine[]): void
  /** Called for each line that is not JSON; it is not stored. */
  onSkipped(): void
}

/**
 * Stream of pino's JSON lines that yields what pino-loki makes of them: Loki's level for pino's, no host name. The lines
 * leave pino-loki through its `logFormat`, as objects: a push of its own cannot be repeated, and its body would have to be
 * parsed again before it is spooled. It has no address to push to, which ends each of its pushes before a body is made.
 */
export function createFormatter({ labels, intervalMs, take, onSkipped }: FormatterOptions): Transform {
  let lines: LogLine[] = []
  const takeLines = () => {
    const taken = lines
    lines = []
    take(taken)
  }
  const formatter = pinoLoki({
    host: '',
    silenceErrors: true,
    batching: { interval: intervalMs / 1000, maxBufferSize: 0 },
    structuredMetaKey: false,
    logFormat({ lokilevel, ...fields }) {
      if (lines.length === 0) queueMicrotask(takeLines) // pino-loki formats the lines of an interval one after the other
      const event: Record<string, string> = typeof fields.event === 'string' ? { event: fields.event } : {}
      const ms = Number.isSafeInteger(fields.time) ? fields.time : Date.now()
      lines.push({ labels: { level: lokilevel, ...labels, ...event }, ms, text: JSON.stringify(fields) })
      return ''
    },
  })
  formatter.on('unknown', onSkipped)
  return formatter
}
