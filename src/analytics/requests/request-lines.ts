import type { LogRecord } from '../../telemetry/log-record.ts'

/** Where log lines are read from: Loki, the local log of this machine, or what still waits on disk for Loki. */
export type LineSourceName = 'loki' | 'local' | 'spool'

/** How one source answered: with all it has, with the first of too many lines, or not. */
export interface LineSourceState {
  name: LineSourceName
  state: 'read' | 'cut' | 'failed'
}

interface FoundLines {
  /** In the order of their time, each once. */
  records: readonly LogRecord[]
  sources: readonly LineSourceState[]
}

/** Reads log lines of requests. */
export interface RequestLines {
  /**
   * Lines that hold this text as a value of `field`, or as its beginning; within a day of `around` where it is known, else
   * of the last 30 days. Never rejects: a source that fails is named.
   */
  find(field: 'request_id' | 'event_id', beginning: string, around: Date | null): Promise<FoundLines>
}
