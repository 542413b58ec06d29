import { once } from 'node:events'
import { pinoLoki } from 'pino-loki'
import type { LogLine } from './log-batch.ts'

/** Lines in Loki's form, and the number of those that are not JSON and were dropped. */
export interface FormattedLines {
  lines: LogLine[]
  skipped: number
}

/**
 * Formats pino's JSON lines with pino-loki: Loki's levels, no host name. `labels` are those of every line, besides its level
 * and its event. Takes the lines as objects from pino-loki's `logFormat`, since its own push cannot be retried, and its body
 * would have to be parsed to be spooled. An empty `host` makes that push fail before it renders a body. A formatter for each
 * text: one that lives as long as the process would look for new lines all the time.
 */
export async function formatLines(text: string, labels: Readonly<Record<string, string>>): Promise<FormattedLines> {
  const lines: LogLine[] = []
  let skipped = 0
  const formatter = pinoLoki({
    host: '',
    silenceErrors: true,
    batching: { interval: untilEnd, maxBufferSize: 0 },
    structuredMetaKey: false,
    logFormat({ lokilevel, ...fields }) {
      const event: Record<string, string> = typeof fields.event === 'string' ? { event: fields.event } : {}
      const ms = Number.isSafeInteger(fields.time) ? fields.time : Date.now()
      lines.push({ labels: { level: lokilevel, ...labels, ...event }, ms, text: JSON.stringify(fields) })
      return ''
    },
  })
  formatter.on('unknown', () => skipped++)
  const closed = once(formatter, 'close')
  formatter.end(text)
  await closed
  return { lines, skipped }
}

/** Seconds; pino-loki formats everything when its stream ends. */
const untilEnd = 3_600
