import type { Bench } from './bench.ts'
import { recorderBench } from './recorder.ts'

/** Every question, in the order of the report. */
export const benches: readonly Bench[] = [recorderBench]
