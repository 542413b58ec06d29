import type { Transform } from 'node:stream'
import { pinoLoki } from 'pino-loki'
import type { LogLine } from './log-batch.ts'

export interface FormatterOptions {
  /** Labels of every line, besides its level and its event. */
  labels: Readonly<Record<string, string>>
  intervalMs: number
  /** Called with the lines of one interval, in order. If it throws, the thread dies and the logger counts the lines as lost. */
  take(lines: readonly LogLine[]): void
  /** Called for each line that is not JSON and is dropped. */
  onSkipped(): void
}

/**
 * Creates a stream that formats pino's JSON lines with pino-loki: Loki's levels, no host name. Takes the lines as objects
 * from its `logFormat`, since its own push cannot be retried, and its body would have to be parsed to be spooled. An empty
 * `host` makes each push of pino-loki fail before it renders a body.
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
      if (lines.length === 0) queueMicrotask(takeLines) // pino-loki formats all lines of an interval synchronously
      const event: Record<string, string> = typeof fields.event === 'string' ? { event: fields.event } : {}
      const ms = Number.isSafeInteger(fields.time) ? fields.time : Date.now()
      lines.push({ labels: { level: lokilevel, ...labels, ...event }, ms, text: JSON.stringify(fields) })
      return ''
    },
  })
  formatter.on('unknown', onSkipped)
  return formatter
}
