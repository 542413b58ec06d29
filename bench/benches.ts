import { analyticsBench } from './analytics.ts'
import type { Bench } from './bench.ts'
import { chatsBench } from './chats.ts'
import { growthBench } from './growth.ts'
import { messageBench } from './message.ts'
import { peerBench } from './peer.ts'
import { recorderBench } from './recorder.ts'
import { startBench } from './start.ts'
import { telemetryBench } from './telemetry.ts'
import { turnsBench } from './turns.ts'

/** Every question, in the order of the report. */
export const benches: readonly Bench[] = [
  recorderBench,
  messageBench,
  peerBench,
  chatsBench,
  telemetryBench,
  analyticsBench,
  startBench,
  turnsBench,
  growthBench,
]
