import { pino } from 'pino'
import pinoPretty from 'pino-pretty'
import type { Log } from './log.ts'
import { type LogEvent, type LogFields, logCatalogue } from './log-catalogue.ts'
import { createLine } from './log-line.ts'
import { createLogMetrics, type LogLevel, noShipping } from './log-metrics.ts'
import type { MetricRegistry } from './registry.ts'

export interface LineSink {
  /** Takes one JSON line with its line feed. */
  write(line: string): void
}

export interface LoggerOptions {
  level: LogLevel
  env: string
  dataDir: string
  /** Without it lines go to stdout alone. */
  lokiUrl?: string | undefined
  /** How many bytes may wait on disk while Loki is away. */
  spoolBytes: number
  /** For a person at a terminal instead of JSON. */
  pretty: boolean
  register: MetricRegistry
  now?: () => Date
  /** Where lines go instead of stdout. */
  output?: LineSink
}

export interface Logger {
  log: Log
  /** Resolves when every line written so far is on disk or beyond. */
  flush(): Promise<void>
  /** Flushes, gives Loki a moment to take what waits, and lets go of everything. May be called twice. */
  close(): Promise<void>
}

/** The process's one logger: JSON or pretty lines on stdout, and with `lokiUrl` on their way to Loki as well. */
export function createLogger(options: LoggerOptions): Logger {
  const now = options.now ?? (() => new Date())
  const written: Record<LogLevel, number> = { debug: 0, info: 0, warn: 0, error: 0, fatal: 0 }
  const shipping = noShipping()
  createLogMetrics(options.register, () => ({ written, shipping }), now)

  const out = options.output ?? stdout(options.pretty)
  const logger = pino(
    {
      base: null, // a host name would become a label, and each new container a new stream
      level: options.level,
      timestamp: () => `,"time":${now().getTime()}`,
      serializers: { err: described => described }, // done by createLine; pino's own would name it anew
    },
    out,
  )

  const at =
    (level: LogLevel) =>
    <E extends LogEvent>(event: E, fields: LogFields<E>): void => {
      if (!logger.isLevelEnabled(level)) return
      try {
        logger[level](createLine(event, fields), logCatalogue[event].message)
        written[level]++
      } catch {
        shipping.lost.unwritable++ // a logger that throws would break what it tells about
      }
    }

  return {
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') },
    flush: async () => undefined,
    close: async () => undefined,
  }
}

const stdout = (pretty: boolean): LineSink =>
  pretty
    ? pinoPretty({ colorize: true, sync: true, ignore: 'event', messageFormat: '{event}: {msg}' })
    : pino.destination({ dest: 1, sync: true })
