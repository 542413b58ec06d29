import type { LogRecord } from '../../telemetry/log-record.ts'

/** Reads the log lines that hold `needle` from one source, those around a time where it is known. Rejects when it cannot. */
export type FindLines = (needle: string, around: Date | null) => Promise<{ records: LogRecord[]; isCut: boolean }>
