import type pg from 'pg'
import type { Spread } from './measure.ts'

/** One question about speed. Each lies in a file of its own, exported as `<name>Bench` and listed in `benches.ts`. */
export interface Bench {
  name: string
  /** What is measured. */
  question: string
  /** What it is compared with. */
  against: string
  /** What must be known to read the figures, a sentence each. */
  settings: readonly string[]
  /** Why what falls short does, for the document. */
  explained?: readonly string[]
  run(context: BenchContext): Promise<BenchResult[]>
}

/** One line of the table. */
export interface BenchResult {
  what: string
  unit: string
  value: Spread
  /** Processor time that it took, where the value is no processor time itself. */
  processor?: { value: Spread; unit: string }
  /** The value in multiples of others', from the same rounds. */
  ratios?: { to: string; value: Spread }[]
  /** The target, and whether the value meets it. */
  target?: { text: string; met: boolean }
  remark?: string
}

/** `quick` shows in seconds that everything runs, its figures mean nothing; `long` is for what must not grow. */
export type Scale = 'quick' | 'normal' | 'long'

export interface BenchContext {
  scale: Scale
  /** How often each contender runs. */
  rounds: number
  /** The value for this scale. `long` is `normal` unless given. */
  at<T>(values: { quick: T; normal: T; long?: T }): T
  /** An empty migrated database on a PostgreSQL with its default durability. Dropped when the bench ends. */
  database(): Promise<BenchDatabase>
  /** A folder of one's own, removed when the bench ends. */
  folder(): Promise<string>
  /** States at what size it ran, for benches that run at several: in the document each size stands for itself. */
  size(text: string): void
  /** Keeps a text beside the report: in docs/images when the report is made a document. */
  keep(name: string, text: string): void
  /** Runs when the bench ends, also when it fails; the last given runs first. */
  onEnd(release: () => unknown): void
  /** Reports progress on the terminal. */
  note(text: string): void
}

export interface BenchDatabase {
  url: string
  /** Plain SQL for arranging and reading. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
}
