import type { Bench } from './bench.ts'

/** Every question, in the order of the report. */
export const benches: readonly Bench[] = []
