import type { DayCaps } from '../../analytics/money.ts'
import type { ModelBalance } from '../../assistant/gigachat/balance-watch.ts'
import type { StreamState } from '../../assistant/model/streams.ts'
import type { MetricSums } from '../../telemetry/services/metric-sums.ts'
import type { ServiceState } from '../../telemetry/services/service-watch.ts'
import type { RefusalCounts } from '../queue/refusal-store.ts'
import type { FiringAlert, Operations } from './operations-deps.ts'

/** State of the running process at a moment; null where it could not be found out in time. */
export interface Status {
  at: Date
  services: ServiceState[]
  /** From when on a call tries a service that is left alone; without an entry it is not. */
  retryAt: Partial<Record<'gigachat' | 'shop', Date>>
  model: { inFlight: number; waiting: number }
  queue: QueueStatus | null
  facts: { waiting: number; oldestAt: Date | null; quarantined: number | null }
  /** Null when no lines are shipped. */
  logLines: { waiting: number; oldestSeconds: number } | null
  /** Seconds since the totals were brought up to date; null before the aggregator runs. */
  totalsAgeSeconds: number | null
  spentRub: { today: number } | { sinceStart: number }
  /** Caps of the day, and which of them is reached. */
  caps: DayCaps & { reached: 'soft' | 'hard' | null }
  balances: readonly ModelBalance[]
  firing: readonly FiringAlert[] | null
  /** Administrators that the bot cannot write to. */
  closedChats: number
}

/** The users who wait for the model, over all bots where those count together. */
interface QueueStatus {
  waiting: number
  /** Of those that wait for this bot. */
  oldestMs: number
  /** What a message that came now would wait. */
  ofNewMs: number
  streams: { used: number; all: number }
  refusals: RefusalCounts | null
}

export interface StatusDeps {
  operations: Operations
  /** Roubles of today's model calls by PostgreSQL. */
  spentToday: () => Promise<number>
  dayCaps: DayCaps
  balances: () => readonly ModelBalance[]
  now: () => Date
  /** How long PostgreSQL and the disk are waited for. */
  timeoutMs?: number
}

/** Reads the status. Resolves within the timeout whatever hangs. */
export async function readStatus({
  operations,
  spentToday,
  dayCaps,
  balances,
  now,
  timeoutMs = 2_000,
}: StatusDeps): Promise<Status> {
  const { services, metrics, waiting, firing } = operations
  const [states, quarantined, today, sinceStart, shop, gigachat] = await Promise.all([
    services.look(),
    within(timeoutMs, waiting.quarantined),
    within(timeoutMs, spentToday),
    metrics.sum('bot_llm_cost_rub_total'),
    circuit(metrics, 'bot_shop_circuit'),
    circuit(metrics, 'bot_llm_circuit'),
  ])
  return {
    at: now(),
    services: states,
    retryAt: { ...(shop && { shop }), ...(gigachat && { gigachat }) },
    model: {
      inFlight: (await metrics.sum('bot_llm_in_flight')) ?? 0,
      waiting: (await metrics.sum('bot_llm_waiting')) ?? 0,
    },
    queue: operations.queue && (await readQueue(operations.queue, metrics, timeoutMs)),
    facts: { waiting: waiting.count(), oldestAt: waiting.oldestAt(), quarantined },
    logLines: await logLines(metrics),
    totalsAgeSeconds: await metrics.sum('bot_aggregator_age_seconds'),
    spentRub: today === null ? { sinceStart: sinceStart ?? 0 } : { today },
    caps: { ...dayCaps, reached: reachedBy[(await metrics.sum('bot_llm_cap_state')) ?? 0] ?? null },
    balances: balances(),
    firing: firing(),
    closedChats: (await metrics.sum('bot_alert_chats_closed')) ?? 0,
  }
}

async function readQueue(
  { streams, refusals }: NonNullable<Operations['queue']>,
  metrics: MetricSums,
  timeoutMs: number,
): Promise<QueueStatus> {
  const { size, held, ofNew }: StreamState = streams()
  return {
    waiting: Math.max(ofNew?.ahead ?? 0, (await metrics.sum('bot_queue_waiting')) ?? 0),
    oldestMs: ((await metrics.sum('bot_queue_oldest_seconds')) ?? 0) * 1000,
    ofNewMs: ofNew?.waitMs ?? 0,
    // a new message waits only while all are in use, by whichever bot
    streams: { used: ofNew === null ? held : size, all: size },
    refusals: await within(timeoutMs, refusals.counts),
  }
}

/** By the value of `bot_llm_cap_state`. */
const reachedBy = [null, 'soft', 'hard'] as const

async function circuit(metrics: MetricSums, name: string): Promise<Date | null> {
  if ((await metrics.sum(`${name}_open`)) !== 1) return null
  return new Date(((await metrics.sum(`${name}_retry_timestamp_seconds`)) ?? 0) * 1000)
}

async function logLines(metrics: MetricSums): Promise<Status['logLines']> {
  if ((await metrics.sum('bot_log_shipping')) !== 1) return null
  return {
    waiting: (await metrics.sum('bot_log_spool_lines')) ?? 0,
    oldestSeconds: (await metrics.sum('bot_log_spool_oldest_seconds')) ?? 0,
  }
}

/** Null when the work fails or takes longer. */
async function within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>(resolve => {
    timer = setTimeout(() => resolve(null), timeoutMs)
  })
  try {
    return await Promise.race([work(), late])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
