import type { Update } from 'grammy/types'
import { AppError } from '../../errors.ts'
import { createTurns, createTurnsByKey } from '../../process/in-turn.ts'
import { type Sleep, wokenUp } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import { actingUser, asksForAnswer } from './acting-user.ts'
import type { InboxCipher } from './inbox-cipher.ts'
import { createHandedUpdates, type ShownWait } from './inbox-handed.ts'
import { type BeforeInbox, createInFlight, type InboxOutcome, nothingBefore } from './inbox-in-flight.ts'
import type { InboxMetrics } from './inbox-metrics.ts'
import { createInboxOutlet } from './inbox-outlet.ts'
import type { HandedUpdate, InboxKey, InboxState, InboxStore } from './inbox-store.ts'
import { createTryAgain } from './try-again.ts'

export interface InboxDeps {
  store: InboxStore
  cipher: InboxCipher
  /** Deals with one update, or leaves it for another process; never rejects. Updates of a user are given in order. */
  handle(update: Update, before: BeforeInbox): Promise<InboxOutcome>
  /** An update was stored that this process does not work on: another one has its user, or it has no room. */
  onWaiting?: (update: Update) => void
  /** This process works for a user who may have waited; resolves to what it has shown them, undefined when it has shown nothing. */
  onTaken?: (userId: number) => Promise<ShownWait> | undefined
  /** True when a message that came now would be refused, because the wait is too long. */
  refusesNew?: () => boolean
  /** Called now and then with what waits, and the number of other processes at work. */
  onState?: (state: InboxState) => void
  /** Updates in flight at most, of users who are taken on with a message; with what takes no answer of the model a quarter more users. */
  mostInFlight?: number
  /** True for what a user or an administrator need not wait with, however much is in flight, such as a stop. */
  isUrgent?: (update: Update) => boolean
  /** Whether the user waits for a process. What follows then waits, too: no place is gained by sending more. */
  waits?: (userId: number) => boolean
  metrics: InboxMetrics
  log: Log
  sleep: Sleep
  /** Milliseconds by a clock that is never set. */
  elapsedMs?: () => number
}

/** Updates that wait in PostgreSQL until they are dealt with, so that Telegram may forget them. */
export interface Inbox {
  /**
   * Resolves when Telegram may forget the update: it is stored, or, while PostgreSQL is unavailable, dealt with. `left` when
   * neither was possible. Never rejects.
   */
  accept(update: Update): Promise<InboxOutcome>
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
/** How often in a row it asks before it goes on with what it knows. */
const mostTries = 3

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
  // on several connections an update could be stored before an earlier one of its user
  const inTurn = createTurnsByKey<number>()
  const takeInTurn = createTurns()
  let others = 0
  /** Users wait whom no process has taken, as far as this one knows: they come before new ones. */
  let isQueued = false
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

  const reportBug = (err: unknown) => {
    // an unavailable PostgreSQL is reported where facts are stored
    if (!(err instanceof AppError)) log.error('update_failed', { update_type: 'other', err })
  }
  const outlet = createInboxOutlet(store, reportBug)
  const inFlight = createInFlight({ handle, outlet, metrics, elapsedMs })
  /** A process that ends asks for nothing again: what may come after an update it does not know of is for the others. */
  const leavesTheRest = () => isFinishing && isUnsure()
  const handedUpdates = createHandedUpdates({
    ...{ cipher, give: inFlight.give, onTaken: deps.onTaken, leavesTheRest, log, elapsedMs },
    onEarly: () => wake.abort(wokenUp),
  })

  const heard = async (answer: Promise<HandedUpdate[]>): Promise<HandedUpdate[]> => {
    try {
      return await answer
    } catch (err) {
      fence += 1
      throw err
    }
  }
  const room = () => (isFinishing ? 0 : Math.max(0, mostInFlight - inFlight.count()))
  /** Whether a user of whom no process has anything is taken on with this update. */
  const takesOn = (update: Update) => {
    if (isFinishing) return false
    if (deps.isUrgent?.(update) === true || (room() > 0 && !isQueued)) return true
    if (deps.waits?.(actingUser(update)) === true) return false
    // a refusal, like a command, takes little; what waits here for an answer of the same user takes no place of others
    return inFlight.users() < mostInFlight * 1.25 && (!asksForAnswer(update) || deps.refusesNew?.() === true)
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
    handedUpdates.add(handed)
    return handed
  }
  const take = (): Promise<void> => {
    const taken = takeInTurn(async () => {
      const handed = await takeOnce()
      if (isUnsure()) handed.push(...(await takeOnce().catch(() => [])))
      handed.sort((a, b) => (b.waitedMs ?? 0) - (a.waitedMs ?? 0))
      for (const userId of new Set(handed.map(update => update.userId))) {
        void inTurn(userId, () => handedUpdates.giveAll(userId))
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
    if (handedUpdates.hasEarly()) return lookSoonMs
    if (isQueued) return fullLookMs
    // another process may have left an update here just before the last one of its user was deleted
    const isBusy = inFlight.count() > 0 || elapsedMs() - inFlight.endedAtMs() < renewMs
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
  const giveUnstored = async (update: Update, userId: number): Promise<InboxOutcome> => {
    if (leavesTheRest()) return 'left'
    unstored.set(userId, (unstored.get(userId) ?? 0) + 1)
    const outcome = await inFlight.give(update, userId, nothingBefore, true)
    const left = (unstored.get(userId) ?? 0) - 1
    if (left > 0) unstored.set(userId, left)
    else unstored.delete(userId)
    return outcome
  }
  /** Resolves when no stored update of the user waits here for an earlier one, or PostgreSQL did not hand it in time. */
  const givenEarly = async (userId: number) => {
    await handedUpdates.giveAll(userId)
    while (handedUpdates.hasEarly(userId) && !leavesTheRest()) {
      await sleep(lookSoonMs)
      await handedUpdates.giveAll(userId)
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
          handedUpdates.add(handed)
          if (handed.length === 0) {
            deps.onWaiting?.(update)
            if (!takes && !isFinishing) noteQueue(true)
          }
          await allTaken() // which may bring an earlier update of the same user
          await handedUpdates.giveAll(key.userId, update)
          return { outcome: Promise.resolve<InboxOutcome>('dealt_with') }
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
      const giveUp = new AbortController()
      await Promise.race([inFlight.idle(), sleep(timeoutMs, giveUp.signal)])
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
