import type { Update } from 'grammy/types'
import type { InboxMetrics } from './inbox-metrics.ts'
import type { InboxOutlet } from './inbox-outlet.ts'
import { nameOf } from './inbox-store.ts'

export interface InFlightDeps {
  /** Deals with one update, or leaves it for another process; never rejects. Updates of a user are given in order. */
  handle(update: Update, before: BeforeInbox): Promise<InboxOutcome>
  outlet: Pick<InboxOutlet, 'done' | 'leave' | 'holds'>
  metrics: Pick<InboxMetrics, 'waited'>
  /** Milliseconds by a clock that is never set. */
  elapsedMs: () => number
}

/** What was before this process began with an update. */
export interface BeforeInbox {
  waitedMs: number
  /** Id of the message in which another process has shown that it is worked on; null when there is none. */
  shownMessage: number | null
}
export const nothingBefore: BeforeInbox = { waitedMs: 0, shownMessage: null }

/** `left`: for another process, or another delivery. */
export type InboxOutcome = 'dealt_with' | 'left'

/** The updates of the inbox that this process works on. */
export interface InFlight {
  /** Begins to deal with an update, unless it is in flight already; resolves to what came of it. */
  give(update: Update, userId: number, before: BeforeInbox, isNew: boolean): Promise<InboxOutcome>
  count(): number
  /** Of how many users. */
  users(): number
  /** When the last one was dealt with; negative infinity before. */
  endedAtMs(): number
  /** Resolves when there is none. */
  idle(): Promise<void>
}

/** Of what piled up for one user so many are given at a time: more would be refused as too many. */
const mostOfUser = 8

export function createInFlight({ handle, outlet, metrics, elapsedMs }: InFlightDeps): InFlight {
  const inFlight = new Map<string, Promise<InboxOutcome>>()
  /** Updates of a user in flight, and those that wait here for their number to fall. */
  const users = new Map<number, { count: number; backlog: (() => void)[]; isLeft: boolean }>()
  let endedAt = Number.NEGATIVE_INFINITY
  let onIdle: () => void = () => undefined

  const work = async (key: string, update: Update, userId: number, before: BeforeInbox): Promise<InboxOutcome> => {
    const outcome = await handle(update, before)
    inFlight.delete(key)
    if (outcome === 'dealt_with') {
      endedAt = elapsedMs()
      outlet.done({ userId, updateId: update.update_id })
    }
    const user = users.get(userId)
    if (user !== undefined) {
      user.count -= 1
      user.isLeft ||= outcome === 'left'
      user.backlog.shift()?.()
      if (user.count === 0) users.delete(userId)
      if (user.count === 0 && user.isLeft) outlet.leave(userId)
    }
    if (inFlight.size === 0) onIdle()
    return outcome
  }
  const give: InFlight['give'] = (update, userId, before, isNew) => {
    const named = { userId, updateId: update.update_id }
    const key = nameOf(named)
    const running = inFlight.get(key)
    if (running !== undefined) return running
    if (outlet.holds(named)) {
      outlet.done(named) // a statement that was given up may store it after it was deleted
      return Promise.resolve('dealt_with')
    }
    metrics.waited(before.waitedMs / 1000)
    const user = users.get(userId) ?? { count: 0, backlog: [], isLeft: false }
    users.set(userId, user)
    const begin = () => {
      user.count += 1
      return work(key, update, userId, before)
    }
    const waits = user.backlog.length > 0 || (!isNew && user.count >= mostOfUser)
    const outcome = waits ? new Promise<InboxOutcome>(resolve => user.backlog.push(() => resolve(begin()))) : begin()
    inFlight.set(key, outcome)
    return outcome
  }

  return {
    give,
    count: () => inFlight.size,
    users: () => users.size,
    endedAtMs: () => endedAt,
    idle: () => (inFlight.size === 0 ? Promise.resolve() : new Promise(resolve => (onIdle = resolve))),
  }
}
