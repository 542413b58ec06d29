import type { Teardown } from '../process/teardown.ts'
import { createLastErrors } from './alerts/last-errors.ts'
import type { Log } from './log.ts'
import type { LogLevel } from './log-metrics.ts'
import { createLogger, serviceName } from './logger.ts'
import type { LineSink } from './loki/transport.ts'
import { createPseudonyms } from './pseudonyms.ts'
import { createRegistry } from './registry.ts'

export interface TelemetryDeps {
  settings: {
    env: string
    dataDir: string
    lokiUrl?: string | undefined
    log: { level: LogLevel; spoolBytes: number; flushMs: number; localBytes: number }
  }
  /** Takes the lines in place of stdout and Loki. */
  log: Log | undefined
  now: () => Date
  teardown: Teardown
}

/** Opens what every part writes to: the registry of metrics, the log with its last errors, and the pseudonyms of users in it. */
export async function openTelemetry({ settings, log, now, teardown }: TelemetryDeps) {
  const register = createRegistry({ serviceName, env: settings.env })
  const pseudonyms = createPseudonyms()
  const lastErrors = createLastErrors(now)
  const shared = { register, pseudonyms, lastErrors }
  if (log !== undefined) return { ...shared, log: lastErrors.watch(log), flushLog: () => Promise.resolve() }
  const logger = createLogger({
    level: settings.log.level,
    env: settings.env,
    dataDir: settings.dataDir,
    lokiUrl: settings.lokiUrl,
    spoolBytes: settings.log.spoolBytes,
    flushMs: settings.log.flushMs,
    localBytes: settings.log.localBytes,
    output: process.stdout.isTTY ? await openTerminal() : undefined,
    register,
    pseudonyms,
    now,
  })
  teardown.add(() => logger.close())
  return { ...shared, log: lastErrors.watch(logger.log), flushLog: logger.flush }
}

/** Readable lines; loaded only for a terminal. */
async function openTerminal(): Promise<LineSink> {
  const { default: pinoPretty } = await import('pino-pretty')
  return pinoPretty({ colorize: true, sync: true, singleLine: true, ignore: 'event', messageFormat: '{event}: {msg}' })
}
