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
/** Of all bots together in that time: one a second leaves Telegram's limit to the answers. */
const atATime = 10
/** Who comes back shall not wait much longer, in milliseconds. */
const roomMs = 30_000
/** A place is held for so long for who was reminded and has not written yet, in milliseconds. */
const keptMs = 60_000

/**
 * Reminds users who were refused in the pace in which the queue takes messages: as many as would find their turn within half a minute, less
 * those who wait and those who were reminded and have not come yet. One bot has the claim of each; what could not be delivered is tried
 * again for half a day.
 */
export function createReminders({ store, streams, maxWaitMs, notify, metrics, log }: RemindersDeps): Reminders {
  let failing = false
  const places = () => {
    const { ofNew, everyMs: takesOneInMs } = streams()
    const taken = Math.floor(Math.min(roomMs, maxWaitMs / 2) / takesOneInMs) - (ofNew?.ahead ?? 0)
    // however slow the model is, a free stream is a place
    return Math.max(taken, ofNew === null ? 1 : 0)
  }
  const remind = async (userId: number) => {
    if (!(await notify(userId, texts.reminder))) return
    await store.reminded(userId)
    metrics.reminder('sent')
  }
  const send = async () => {
    const free = places()
    if (free <= 0) return
    const claim = { places: free, most: atATime, keptMs, pauseMs: everyMs }
    await Promise.all((await store.takeReminders(claim)).map(remind))
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
