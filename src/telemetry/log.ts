import type { LogEvent, LogFields } from './log-catalogue.ts'

/** The only way to write a log line: an event of the catalogue with its declared fields. Never throws. */
export interface Log {
  debug<E extends LogEvent>(event: E, fields: LogFields<E>): void
  info<E extends LogEvent>(event: E, fields: LogFields<E>): void
  warn<E extends LogEvent>(event: E, fields: LogFields<E>): void
  /** Someone must act. */
  error<E extends LogEvent>(event: E, fields: LogFields<E>): void
  /** The process ends. */
  fatal<E extends LogEvent>(event: E, fields: LogFields<E>): void
}

/** Says nothing: for tests and tools that need no log. */
export const silentLog: Log = { debug: drop, info: drop, warn: drop, error: drop, fatal: drop }
function drop(): void {
  // nothing to do: this logger drops on purpose
}
