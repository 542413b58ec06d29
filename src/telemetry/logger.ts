import { join } from 'node:path'
import { pino } from 'pino'
import { createDeliveryReport } from './delivery-report.ts'
import { openLocalLog } from './local-log/local-log.ts'
import type { Log } from './log.ts'
import { type LogEvent, type LogFields, logCatalogue } from './log-catalogue.ts'
import { createLine, type LineFields } from './log-line.ts'
import { createLogMetrics, type LogLevel } from './log-metrics.ts'
import { createLokiTransport, type LineSink } from './loki/transport.ts'
import { createLossReport } from './loss-report.ts'
import { createPseudonymizer } from './pseudonymizer.ts'
import { createPseudonyms, type Pseudonyms } from './pseudonyms.ts'
import type { MetricRegistry } from './registry.ts'
import { lossReasons, noShipping, type ShippingStats } from './shipping-stats.ts'

/** The value of Loki's label `service_name`, and of the metrics' label of the same name. */
export const serviceName = 'vkusvill-bot'

export interface LoggerOptions {
  level: LogLevel
  env: string
  /** Lines that wait for Loki are spooled to its `logs` directory. */
  dataDir: string
  /** Without it lines go to stdout only. */
  lokiUrl?: string | undefined
  /** Bound of the spool, while Loki is unavailable. */
  spoolBytes: number
  /** Lines are shipped to Loki in batches of so many milliseconds; until then they are in a file of the process. Default: 500. */
  flushMs?: number | undefined
  /** Bound of the local log, in which the newest lines stay on disk where there is no Loki. Default: 0, none. */
  localBytes?: number | undefined
  register: MetricRegistry
  /** Pseudonyms of users in the lines. Default: random ones of this process. */
  pseudonyms?: Pseudonyms
  now?: () => Date
  /** Replaces stdout. */
  output?: LineSink | undefined
  /** Timeout and backoff of pushes to Loki. */
  pushing?: { pushTimeoutMs: number; backoff: { firstMs: number; maxMs: number } }
}

export interface Logger {
  log: Log
  /** Resolves when every line written so far is on disk or delivered. */
  flush(): Promise<void>
  /** Flushes, tries for a moment to deliver the spool, and releases all resources. May be called twice. */
  close(): Promise<void>
}

/** Creates the logger of the process: JSON lines on stdout, and with `lokiUrl` shipped to Loki as well. */
export function createLogger(options: LoggerOptions): Logger {
  const now = options.now ?? (() => new Date())
  const written: Record<LogLevel, number> = { debug: 0, info: 0, warn: 0, error: 0, fatal: 0 }
  /** Original time of a line that waited for its pseudonym, set while it is being written. */
  let heldSince: number | undefined
  const lostHere = { unwritable: 0, worker: 0 }
  let inThread = noShipping()
  const shipping = (): ShippingStats => {
    const lost = { ...inThread.lost }
    for (const reason of lossReasons)
      lost[reason] += reason === 'unwritable' || reason === 'worker' ? lostHere[reason] : 0
    return { ...inThread, lost }
  }
  createLogMetrics(options.register, () => ({ written, shipping: shipping() }), options.lokiUrl !== undefined, now)

  const local = options.output
  const loki = options.lokiUrl === undefined ? undefined : shipTo(options.lokiUrl)
  const localLog = loki === undefined && (options.localBytes ?? 0) > 0 ? keepHere(options.localBytes ?? 0) : undefined
  const pinoLogger = pino(
    {
      base: null, // a host name would become a label, and each new container a new stream
      level: options.level,
      timestamp: () => `,"time":${heldSince ?? now().getTime()}`,
      serializers: { err: described => described }, // createLine has described it; pino's own would rename it
    },
    loki !== undefined && local === undefined ? loki : both(loki ?? localLog, local ?? jsonStdout()),
  )

  const write = (level: LogLevel, event: LogEvent, line: LineFields) => {
    try {
      pinoLogger[level](line, logCatalogue[event].message)
      written[level]++
    } catch {
      lostHere.unwritable++ // a throwing logger would break the code that logs
    }
  }
  const lines = createPseudonymizer(options.pseudonyms ?? createPseudonyms())
  const at =
    (level: LogLevel) =>
    <E extends LogEvent>(event: E, fields: LogFields<E>): void => {
      if (!pinoLogger.isLevelEnabled(level)) return
      let line: LineFields
      try {
        line = createLine(event, fields)
      } catch {
        lostHere.unwritable++
        return
      }
      const since = now().getTime()
      lines.withPseudonyms(line, wasHeld => {
        heldSince = wasHeld ? since : undefined
        write(level, event, line)
        heldSince = undefined
      })
    }
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') }
  // registered after the transport's own exit hook, and prepended, so that it runs before it
  if (options.pseudonyms !== undefined) process.prependListener('exit', lines.release)
  const reportLoss = createLossReport(log, now)
  const reportDelivery = createDeliveryReport(log, options.lokiUrl ?? '', now)

  function shipTo(url: string) {
    return createLokiTransport({
      url,
      directory: join(options.dataDir, 'logs'),
      spoolBytes: options.spoolBytes,
      flushMs: options.flushMs ?? 500,
      ...(options.pushing ?? { pushTimeoutMs: 5_000, backoff: { firstMs: 250, maxMs: 10_000 } }),
      labels: { service_name: serviceName, env: options.env },
      stdout: local === undefined,
      onStats(stats) {
        inThread = stats
        reportLoss(shipping().lost)
        reportDelivery(stats.refusals)
      },
      onLost(lines) {
        lostHere.worker += lines
        reportLoss(shipping().lost)
      },
      beforeEnd: () => reportLoss(shipping().lost, true),
      fallback: local === undefined ? jsonStdout() : { write: () => undefined },
    })
  }

  function keepHere(maxBytes: number) {
    const onFailure = (err: unknown) => log.warn('maintenance_failed', { task: 'local_log', err })
    return openLocalLog({ dataDir: options.dataDir, maxBytes, now, onFailure })
  }

  return {
    log,
    async flush() {
      await lines.settled()
      await loki?.flush()
      await localLog?.flush()
    },
    async close() {
      await lines.settled()
      process.removeListener('exit', lines.release)
      await loki?.close()
      await localLog?.close()
    },
  }
}

const jsonStdout = (): LineSink => pino.destination({ dest: 1, sync: true })

function both(first: LineSink | undefined, second: LineSink): LineSink {
  if (first === undefined) return second
  return {
    write(line) {
      first.write(line)
      second.write(line)
    },
  }
}
