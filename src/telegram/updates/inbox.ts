import type { Update } from 'grammy/types'
import { AppError } from '../../errors.ts'
import { createTurns, createTurnsByKey } from '../../process/in-turn.ts'
import { type Sleep, wokenUp } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import { actingUser, asksForAnswer } from './acting-user.ts'
import type { InboxCipher } from './inbox-cipher.ts'
import type { InboxMetrics } from './inbox-metrics.ts'
import { createInboxOutlet } from './inbox-outlet.ts'
import { type HandedUpdate, type InboxKey, type InboxState, type InboxStore, nameOf } from './inbox-store.ts'
import { createTryAgain } from './try-again.ts'

export interface InboxDeps {
  store: InboxStore
  cipher: InboxCipher
  /** Deals with one update, or leaves it for another process; never rejects. Updates of a user are given in order. */
  handle(update: Update, before: BeforeInbox): Promise<Outcome>
  /** An update was stored that this process does not work on: another one has its user, or it has no room. */
  onWaiting?: (update: Update) => void
  /** This process works for a user who may have waited; resolves to what it has shown them, undefined when it has shown nothing. */
  onTaken?: (userId: number) => Promise<ShownWait> | undefined
  /** True when a message that came now would be refused, because the wait is too long. */
  refusesNew?: () => boolean
  /** Called now and then with what waits, and the number of other processes at work. */
  onState?: (state: InboxState) => void
  /** Updates in flight at most; what takes no answer of the model may be a quarter more. */
  mostInFlight?: number
  metrics: InboxMetrics
  log: Log
  sleep: Sleep
  /** Milliseconds by a clock that is never set. */
  elapsedMs?: () => number
}

/** What was before this process began with an update. */
export interface BeforeInbox {
  waitedMs: number
  /** Id of the message in which another process has shown that it is worked on; null when there is none. */
  shownMessage: number | null
}
export const nothingBefore: BeforeInbox = { waitedMs: 0, shownMessage: null }

/** What shows a user that an update waits. */
export interface ShownWait {
  updateId: number
  messageId: number | null
  /** Removes it, unless the process that has the update takes it over. */
  drop(): void
}

/** `left`: for another process, or another delivery. */
type Outcome = 'dealt_with' | 'left'

/** Updates that wait in PostgreSQL until they are dealt with, so that Telegram may forget them. */
export interface Inbox {
  /**
   * Resolves when Telegram may forget the update: it is stored, or, while PostgreSQL is unavailable, dealt with. `left` when
   * neither was possible. Never rejects.
   */
  accept(update: Update): Promise<Outcome>
  /** Begins to take what waits. Never rejects. */
  start(): Promise<void>
  /** Notes the message that shows the user that the update is worked on: who takes the update over is handed its id. False when it could not. Never rejects. */
  show(update: InboxKey, messageId: number): Promise<boolean>
  /** Takes no further user, and gives those back of whom all is left; resolves when nothing is in flight, at the latest after `timeoutMs`. */
  finish(timeoutMs: number): Promise<void>
  /** Leaves what is still in flight to other processes. Never rejects. */
  leave(): Promise<void>
}

/** A process that does not renew its lease for so long is dead: its users are taken over. */
const leaseMs = 8_000
/** So that one renewal may fail or wait for the time limit of a statement. */
const renewMs = 2_000
/** How often a busy process looks for what came for its users through others. */
const lookMs = 300
/** The same of one with room to spare: the users of a process that ends shall not wait longer. */
const idleLookMs = 800
/** The same while users wait for room in any process. */
const fullLookMs = 150
/** The same while an update waits for earlier ones. */
const lookSoonMs = 25
/** PostgreSQL hands such an update after inbox_longest_wait(); after this long it went to another process. */
const earlyForMs = 5_000
/** How often in a row it asks before it goes on with what it knows. */
const mostTries = 3
/** Of what piled up for one user so many are given at a time: more would be refused as too many. */
const mostOfUser = 8

/**
 * Each process takes whole users: while it has an update of a user, it also gets all that follow, whichever process received
 * them. So their order holds, messages in a row are seen together, and a stop reaches the one that answers. Who has no update
 * waiting belongs to no process.
 */
export function createInbox(deps: InboxDeps): Inbox {
  const { store, cipher, handle, metrics, log, sleep, elapsedMs = () => performance.now(), mostInFlight = 1_000 } = deps
  /** Ends the renewals of the lease. */
  const stopping = new AbortController()
  let isFinishing = false
  const inFlight = new Map<string, Promise<Outcome>>()
  /** Updates of a user in flight, and those that wait here for their number to fall. */
  const users = new Map<number, { count: number; backlog: (() => void)[]; isLeft: boolean }>()
  /** Stored updates that wait for earlier ones, and since when. */
  const early = new Map<string, { userId: number; since: number }>()
  /** Handed to this process and not given yet: it is their turn when what came before of the same user was given. */
  const came = new Map<number, HandedUpdate[]>()
  // on several connections an update could be stored before an earlier one of its user
  const inTurn = createTurnsByKey<number>()
  const takeInTurn = createTurns()
  let others = 0
  /** Users wait whom no process has taken, as far as this one knows: they come before new ones. */
  let isQueued = false
  let endedAt = Number.NEGATIVE_INFINITY
  let stateAt = Number.NEGATIVE_INFINITY
  /** Rises with each answer that did not come: what it may have handed to this process is asked for with the next one. */
  let fence = 0
  /** Up to here it was asked. */
  let heardFence = 0
  const isUnsure = () => fence > heardFence
  const tryAgain = createTryAgain({ sleep, elapsedMs })
  /** Users with updates in flight that are not stored, and how many. */
  const unstored = new Map<number, number>()
  let taking: Promise<unknown> = Promise.resolve()
  let loop = Promise.resolve()
  let wake = new AbortController()
  let onIdle: () => void = () => undefined

  const reportBug = (err: unknown) => {
    // an unavailable PostgreSQL is reported where facts are stored
    if (!(err instanceof AppError)) log.error('update_failed', { update_type: 'other', err })
  }
  const outlet = createInboxOutlet(store, reportBug)

  const work = async (key: string, update: Update, userId: number, before: BeforeInbox): Promise<Outcome> => {
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
  /** Begins to deal with an update, unless it is in flight already; resolves to what came of it. */
  const give = (update: Update, userId: number, before: BeforeInbox, isNew: boolean): Promise<Outcome> => {
    const key = nameOf({ userId, updateId: update.update_id })
    const running = inFlight.get(key)
    if (running !== undefined) return running
    if (outlet.holds({ userId, updateId: update.update_id })) return Promise.resolve('dealt_with')
    metrics.waited(before.waitedMs / 1000)
    const user = users.get(userId) ?? { count: 0, backlog: [], isLeft: false }
    users.set(userId, user)
    const begin = () => {
      user.count += 1
      return work(key, update, userId, before)
    }
    const waits = user.backlog.length > 0 || (!isNew && user.count >= mostOfUser)
    const outcome = waits ? new Promise<Outcome>(resolve => user.backlog.push(() => resolve(begin()))) : begin()
    inFlight.set(key, outcome)
    return outcome
  }
  /** A process that ends asks for nothing again: what may come after an update it does not know of is for the others. */
  const leavesTheRest = () => isFinishing && isUnsure()
  const giveStored = ({ userId, updateId, body, waitedMs, shownMessage }: HandedUpdate, given: Update | undefined) => {
    const key = nameOf({ userId, updateId })
    if (waitedMs === null) {
      early.set(key, { userId, since: elapsedMs() })
      wake.abort(wokenUp)
      return
    }
    early.delete(key)
    const before = { waitedMs, shownMessage }
    if (body === null && given !== undefined) return void give(given, userId, before, true)
    try {
      void give(cipher.open(body ?? Buffer.alloc(0), userId, updateId), userId, before, false)
    } catch (err) {
      log.error('update_failed', { update_type: 'other', err }) // it stays: another key may open it
    }
  }
  /** Gives what has come for a user in the order of what happened; `given` is the update whose body PostgreSQL did not send back. */
  const giveAll = async (userId: number, given?: Update) => {
    if (!came.has(userId)) return
    const ending = deps.onTaken?.(userId)
    const shown = ending && (await ending)
    const handed = came.get(userId) ?? []
    came.delete(userId)
    if (leavesTheRest()) return
    if (shown !== undefined && handed.every(({ updateId }) => updateId !== shown.updateId)) shown.drop()
    for (const update of handed.sort((a, b) => a.updateId - b.updateId)) {
      const messageId = shown?.updateId === update.updateId ? shown.messageId : null
      giveStored({ ...update, shownMessage: update.shownMessage ?? messageId }, given)
    }
  }
  const collect = (handed: readonly HandedUpdate[]) => {
    for (const update of handed) came.set(update.userId, [...(came.get(update.userId) ?? []), update])
  }
  const heard = async (answer: Promise<HandedUpdate[]>): Promise<HandedUpdate[]> => {
    try {
      return await answer
    } catch (err) {
      fence += 1
      throw err
    }
  }
  const room = () => (isFinishing ? 0 : Math.max(0, mostInFlight - inFlight.size))
  /** Whether a new user is taken on with this update. */
  const takesOn = (update: Update) => {
    if (room() > 0 && !isQueued) return true
    // a refusal, like a command, takes little
    return (
      !isFinishing && inFlight.size < mostInFlight * 1.25 && (!asksForAnswer(update) || deps.refusesNew?.() === true)
    )
  }
  const noteQueue = (isLong: boolean) => {
    if (isLong && !isQueued) wake.abort(wokenUp)
    isQueued = isLong
  }
  const takeOnce = async (): Promise<HandedUpdate[]> => {
    // what a process that ends has left is for the others
    const asked = isFinishing ? heardFence : fence
    const places = room()
    const answer = heard(store.take(leaseMs, places, asked))
    answer.then(
      () => tryAgain.note(true),
      () => tryAgain.note(false),
    )
    const handed = await answer
    heardFence = asked
    if (places > 0) noteQueue(new Set(handed.map(({ userId }) => userId)).size >= places)
    collect(handed)
    return handed
  }
  const take = (): Promise<void> => {
    const taken = takeInTurn(async () => {
      const handed = await takeOnce()
      if (isUnsure()) handed.push(...(await takeOnce().catch(() => [])))
      handed.sort((a, b) => (b.waitedMs ?? 0) - (a.waitedMs ?? 0))
      for (const userId of new Set(handed.map(update => update.userId))) {
        void inTurn(userId, () => giveAll(userId))
      }
    })
    taking = taken.catch(() => undefined)
    return taken
  }
  /** Resolves when all that PostgreSQL has handed to this process so far is known here, or it does not answer. */
  const allTaken = async () => {
    await taking
    for (let tries = 0; isUnsure() && !isFinishing && tries < mostTries; tries++) {
      take().catch(reportBug)
      await taking
    }
  }

  const look = async () => {
    await take()
    void outlet.flush() // what PostgreSQL did not delete before
    if (elapsedMs() - stateAt < renewMs) return
    stateAt = elapsedMs()
    const state = await store.state()
    others = state.others
    deps.onState?.(state)
    metrics.state(state)
  }
  const untilNextMs = () => {
    for (const [key, { since }] of early) if (elapsedMs() - since > earlyForMs) early.delete(key)
    if (early.size > 0) return lookSoonMs
    if (isQueued) return fullLookMs
    // another process may have left an update here just before the last one of its user was deleted
    const isBusy = inFlight.size > 0 || elapsedMs() - endedAt < renewMs
    if (others === 0) return renewMs
    return isBusy ? lookMs : idleLookMs
  }
  const run = async () => {
    while (!stopping.signal.aborted) {
      wake = new AbortController()
      await sleep(untilNextMs(), wake.signal)
      if (!stopping.signal.aborted) await look().catch(reportBug)
    }
  }

  /**
   * Gives an update that is not stored. What follows of its user goes the same way until it is dealt with: stored, another process
   * could work on it during that.
   */
  const giveUnstored = async (update: Update, userId: number): Promise<Outcome> => {
    if (leavesTheRest()) return 'left'
    unstored.set(userId, (unstored.get(userId) ?? 0) + 1)
    const outcome = await give(update, userId, nothingBefore, true)
    const left = (unstored.get(userId) ?? 0) - 1
    if (left > 0) unstored.set(userId, left)
    else unstored.delete(userId)
    return outcome
  }
  /** Resolves when no stored update of the user waits here for an earlier one, or PostgreSQL did not hand it in time. */
  const givenEarly = async (userId: number) => {
    const isEarly = () => [...early.values()].some(of => of.userId === userId && elapsedMs() - of.since <= earlyForMs)
    await giveAll(userId)
    while (isEarly() && !leavesTheRest()) {
      await sleep(lookSoonMs)
      await giveAll(userId)
    }
  }

  return {
    accept: async update => {
      const key = { userId: actingUser(update), updateId: update.update_id }
      const { outcome } = await inTurn(key.userId, async () => {
        if (unstored.has(key.userId)) return { outcome: giveUnstored(update, key.userId) }
        try {
          const body = cipher.seal(update, key.userId)
          const takes = takesOn(update)
          const handed = await tryAgain.run(() => heard(store.put({ ...key, body }, takes, fence)))
          collect(handed)
          if (handed.length === 0) {
            deps.onWaiting?.(update)
            if (!takes && !isFinishing) noteQueue(true)
          }
          await allTaken() // which may bring an earlier update of the same user
          await giveAll(key.userId, update)
          return { outcome: Promise.resolve<Outcome>('dealt_with') }
        } catch (err) {
          reportBug(err)
          await givenEarly(key.userId)
          // it may have been stored all the same
          return { outcome: giveUnstored(update, key.userId) }
        }
      })
      return outcome
    },
    start: async () => {
      await look().catch(reportBug)
      loop = run()
    },
    show: (update, messageId) => store.show(update, messageId).catch(() => false),
    finish: async timeoutMs => {
      isFinishing = true // the lease goes on: others must not answer what is in flight
      const idle = inFlight.size === 0 ? Promise.resolve() : new Promise<void>(resolve => (onIdle = resolve))
      const giveUp = new AbortController()
      await Promise.race([idle, sleep(timeoutMs, giveUp.signal)])
      giveUp.abort()
    },
    leave: async () => {
      stopping.abort()
      wake.abort(wokenUp)
      await loop
      await outlet.flush()
      await store.leave().catch(reportBug)
    },
  }
}
