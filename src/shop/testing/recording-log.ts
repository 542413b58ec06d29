import { type Log, silentLog } from '../../telemetry/log.ts'
import type { LogEvent } from '../../telemetry/log-catalogue.ts'

/** Creates a log that records its lines. */
export function recordingLog() {
  const lines: { level: 'info' | 'warn'; event: LogEvent; fields: object }[] = []
  const log: Log = {
    ...silentLog,
    info: (event, fields) => void lines.push({ level: 'info', event, fields }),
    warn: (event, fields) => void lines.push({ level: 'warn', event, fields }),
  }
  return { log, lines }
}
