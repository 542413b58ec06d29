import type { StreamState } from '../../assistant/model/streams.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Html } from '../html.ts'
import type { QueueMetrics } from './metrics.ts'
import type { RefusalStore } from './refusal-store.ts'
import { texts } from './texts.ts'

export interface RemindersDeps {
  store: Pick<RefusalStore, 'takeReminders' | 'reminded'>
  streams: () => StreamState
  /** Who would wait longer, in milliseconds, is refused. */
  maxWaitMs: number
  /** Resolves to false when the message could not be delivered. */
  notify(userId: number, message: Html): Promise<boolean>
  metrics: Pick<QueueMetrics, 'reminder'>
  log: Log
}

export interface Reminders {
  /** Sends what is due. Never rejects. */
  run(): Promise<void>
  /** Runs it every ten seconds from now on. */
  start(): void
  /** Resolves when what is being sent is sent. */
  stop(): Promise<void>
}

const everyMs = 10_000
/** Of all bots together in that time: one a second leaves Telegram's limit to the answers, and the queue its room. */
const atATime = 10

/**
 * Reminds users who were refused, once a message that came now would wait at most half of the longest wait: those who come
 * back shall not be refused again. One bot has the claim of each; what could not be delivered is tried again for half a day.
 */
export function createReminders({ store, streams, maxWaitMs, notify, metrics, log }: RemindersDeps): Reminders {
  let failing = false
  const hasRoom = () => (streams().ofNew?.waitMs ?? 0) <= maxWaitMs / 2
  const remind = async (userId: number) => {
    if (!(await notify(userId, texts.reminder))) return
    await store.reminded(userId)
    metrics.reminder('sent')
  }
  const send = async () => {
    if (!hasRoom()) return
    await Promise.all((await store.takeReminders(atATime, everyMs)).map(remind))
  }
  const run = async () => {
    try {
      await send()
      failing = false
    } catch (err) {
      // logged once per outage: while PostgreSQL is down every run fails alike
      if (!failing) log.warn('maintenance_failed', { task: 'reminders', err })
      failing = true
    }
  }

  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  const tick = () => {
    running ??= run().finally(() => {
      running = undefined
    })
  }
  return {
    run,
    start: () => {
      timer = setInterval(tick, everyMs)
      timer.unref()
    },
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
