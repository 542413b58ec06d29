import type { LogEvent, LogFields } from './log-catalogue.ts'

/** Writes log lines: events of the catalogue with their declared fields. Never throws. */
export interface Log {
  debug<E extends LogEvent>(event: E, fields: LogFields<E>): void
  info<E extends LogEvent>(event: E, fields: LogFields<E>): void
  warn<E extends LogEvent>(event: E, fields: LogFields<E>): void
  /** For failures that need an operator. */
  error<E extends LogEvent>(event: E, fields: LogFields<E>): void
  /** For failures that end the process. */
  fatal<E extends LogEvent>(event: E, fields: LogFields<E>): void
}

/** Discards all lines: for tests and tools without a log. */
export const silentLog: Log = { debug: drop, info: drop, warn: drop, error: drop, fatal: drop }
function drop(): void {
  // intentionally empty
}
