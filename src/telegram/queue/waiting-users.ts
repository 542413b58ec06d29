import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import type { Sleep } from '../../process/sleep.ts'

/** A user who waits for the model and reads where they stand. */
interface WaitingUser {
  place(): QueuePlace
  /** When the place was shown last, by `nowMs`; null when it shall be shown as soon as the budget allows. */
  shownAt(): number | null
  /** What is shown is not true any more, or is about to vanish. */
  isOutdated(): boolean
  /** Shows the place anew. Never rejects. */
  renew(): Promise<void>
}

/** The users of this process who wait for the model. */
export interface WaitingUsers {
  /** From now on what the user reads is renewed; call the result when they do not wait any more. */
  add(user: WaitingUser): () => void
  count(): number
  /** How long the one who waits longest has waited, in milliseconds. */
  oldestMs(): number
}

export interface WaitingUsersDeps {
  sleep: Sleep
  /** Processes that write to users of this bot; they share what Telegram lets it send. */
  processes: () => number
  /** A monotonic clock, in milliseconds. */
  nowMs?: () => number
}

/** What a user reads changes no more often. */
const leastMs = 10_000
/** Renewals a second of all processes: a third of the 30 messages a second that Telegram takes of a bot. */
const mostPerSecond = 10
const tickMs = 1_000

/**
 * Renews what waiting users read, each at most every ten seconds and all together within a budget. When it does not suffice,
 * the pauses grow in proportion to the wait: who is at the front soon sees a change first.
 */
export function createWaitingUsers({
  sleep,
  processes,
  nowMs = () => performance.now(),
}: WaitingUsersDeps): WaitingUsers {
  const users = new Map<WaitingUser, number>()
  let isRunning = false

  /** How overdue it is: the pause so far in relation to the one that is due at this wait. */
  const urgency = (pauseMs: number, { waitMs }: QueuePlace) => pauseMs / Math.max(leastMs, waitMs / 4)
  const run = async () => {
    let credit = 0
    let at = nowMs()
    while (users.size > 0) {
      await sleep(tickMs)
      const now = nowMs()
      const perSecond = mostPerSecond / Math.max(1, processes())
      credit = Math.min(Math.max(1, perSecond), credit + ((now - at) / 1000) * perSecond)
      at = now
      const due = [...users.keys()]
        .map(user => ({ user, pauseMs: now - (user.shownAt() ?? Number.MIN_SAFE_INTEGER) }))
        .filter(({ user, pauseMs }) => pauseMs >= leastMs && user.isOutdated())
        .map(({ user, pauseMs }) => ({ user, urgency: urgency(pauseMs, user.place()) }))
        .sort((a, b) => b.urgency - a.urgency)
        .slice(0, Math.floor(credit))
      credit -= due.length
      for (const { user } of due) void user.renew()
    }
    isRunning = false
  }

  return {
    add: user => {
      users.set(user, nowMs())
      if (!isRunning) {
        isRunning = true
        void run()
      }
      return () => users.delete(user)
    },
    count: () => users.size,
    oldestMs: () => {
      const [oldest] = users.values()
      return oldest === undefined ? 0 : nowMs() - oldest
    },
  }
}
