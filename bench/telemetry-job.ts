/** What the writing process is asked to do. */
export interface LinesJob {
  contender: 'ours' | 'pino' | 'pino to a file' | 'winston-loki'
  lokiUrl: string
  folder: string
  lines: number
  linesPerSecond: number
  tickMs: number
  /** Time for what was written to leave the process. */
  settleMs: number
}

/** What it answers: once it listens, and once everything is written and it begins to end. */
export type LinesAnswer = { kind: 'ready' } | ({ kind: 'written'; linesPerSecond: number } & LineCost)

/** Nanoseconds of processor time of a line, beyond what the same time takes without lines. */
export interface LineCost {
  mainThread: number
  process: number
}

export const isLinesJob = (message: unknown): message is LinesJob =>
  typeof message === 'object' && message !== null && 'contender' in message

export const isLinesAnswer = (message: unknown): message is LinesAnswer =>
  typeof message === 'object' && message !== null && 'kind' in message
