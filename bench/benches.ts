import type { Bench } from './bench.ts'
import { messageBench } from './message.ts'
import { recorderBench } from './recorder.ts'
import { telemetryBench } from './telemetry.ts'

/** Every question, in the order of the report. */
export const benches: readonly Bench[] = [recorderBench, messageBench, telemetryBench]
