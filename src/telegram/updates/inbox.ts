import type { Update } from 'grammy/types'
import { AppError } from '../../errors.ts'
import type { Sleep } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import { actingUser } from './acting-user.ts'
import type { InboxCipher } from './inbox-cipher.ts'
import type { InboxMetrics } from './inbox-metrics.ts'
import type { HandedUpdate, InboxKey, InboxStore } from './inbox-store.ts'

export interface InboxDeps {
  store: InboxStore
  cipher: InboxCipher
  /** Deals with one update, or leaves it for another process; never rejects. Updates of a user are given in order. */
  handle(update: Update, waitedMs: number): Promise<'dealt_with' | 'left'>
  /** An update was stored that this process does not work on: another one has its user, or it has no room. */
  onWaiting?: (update: Update) => void
  /** Called now and then with the number of other processes at work. */
  onOthers?: (others: number) => void
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
  accept(update: Update): Promise<'dealt_with' | 'left'>
  /** Begins to take what waits. Never rejects. */
  start(): Promise<void>
  /** Takes no further user; resolves when nothing is in flight, at the latest after `timeoutMs`. */
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
/** The same while an update waits for earlier ones. */
const lookSoonMs = 25
/** PostgreSQL hands such an update after inbox_longest_wait(); after this long it went to another process. */
const earlyForMs = 5_000
/** Updates in flight in one process. */
const mostInFlight = 1_000
/** Of what piled up for one user so many are given at a time: more would be refused as too many. */
const mostOfUser = 8

/**
 * Each process takes whole users: while it has an update of a user, it also gets all that follow, whichever process received
 * them. So their order holds, messages in a row are seen together, and a stop reaches the one that answers. Who has no update
 * waiting belongs to no process.
 */
export function createInbox(deps: InboxDeps): Inbox {
  const { store, cipher, handle, onWaiting, onOthers, metrics, log, sleep, elapsedMs = () => performance.now() } = deps
  /** Ends the renewals of the lease. */
  const stopping = new AbortController()
  let isFinishing = false
  const inFlight = new Set<string>()
  /** Updates of a user in flight, and those that wait here for their number to fall. */
  const users = new Map<number, { count: number; backlog: (() => void)[] }>()
  /** Stored updates that wait for earlier ones, and since when. */
  const early = new Map<string, number>()
  /** Statements in flight that may hand an update: of one user, or of any. */
  const calls = new Set<{ userId: number | undefined; ended: Promise<void> }>()
  /** What they have handed, until those that began before it was known have ended too: their updates may be earlier. */
  const arrived = new Map<number, { handed: HandedUpdate; given: Update | undefined }[]>()
  let finished: InboxKey[] = []
  let isDropping = false
  let others = 0
  let endedAt = Number.NEGATIVE_INFINITY
  let stateAt = Number.NEGATIVE_INFINITY
  let loop = Promise.resolve()
  let wake = new AbortController()
  let onIdle: () => void = () => undefined

  const drop = async () => {
    if (isDropping) return
    isDropping = true
    while (finished.length > 0) {
      const batch = finished.splice(0, 500)
      try {
        await store.done(batch)
      } catch {
        finished = [...batch, ...finished] // tried again with the next renewal
        break
      }
    }
    isDropping = false
  }

  const work = async (key: string, update: Update, userId: number, waitedMs: number) => {
    const outcome = await handle(update, waitedMs)
    inFlight.delete(key)
    if (inFlight.size === 0) onIdle()
    if (outcome === 'left') return
    endedAt = elapsedMs()
    finished.push({ userId, updateId: update.update_id })
    void drop()
    const user = users.get(userId)
    if (user !== undefined) {
      user.count -= 1
      user.backlog.shift()?.()
      if (user.count === 0) users.delete(userId)
    }
  }
  const give = ({ userId, updateId, body, waitedMs }: HandedUpdate, given?: Update) => {
    const key = `${userId}:${updateId}`
    if (inFlight.has(key)) return
    if (waitedMs === null) {
      early.set(key, elapsedMs())
      wake.abort()
      return
    }
    early.delete(key)
    let update: Update
    try {
      if (body === null && given === undefined) throw new TypeError('an update without a body')
      update = body === null && given !== undefined ? given : cipher.open(body ?? Buffer.alloc(0), userId, updateId)
    } catch (err) {
      log.error('update_failed', { update_type: 'other', err }) // it stays: another key may open it
      return
    }
    inFlight.add(key)
    metrics.waited(waitedMs / 1000)
    const user = users.get(userId) ?? { count: 0, backlog: [] }
    users.set(userId, user)
    const begin = () => {
      user.count += 1
      void work(key, update, userId, waitedMs)
    }
    if (user.backlog.length > 0 || (body !== null && user.count >= mostOfUser)) user.backlog.push(begin)
    else begin()
  }
  /** Gives what a statement hands, in order with what others in flight hand of the same users. Rejects when it fails. */
  const giveFrom = async (statement: Promise<HandedUpdate[]>, userId?: number, given?: Update) => {
    const users = new Set<number>()
    const ended = statement.then(all => {
      for (const handed of all) {
        users.add(handed.userId)
        arrived.set(handed.userId, [...(arrived.get(handed.userId) ?? []), { handed, given }])
      }
    })
    const call = { userId, ended: ended.catch(() => undefined) }
    calls.add(call)
    try {
      await ended
    } finally {
      calls.delete(call)
    }
    await Promise.all([...users].map(giveOf))
  }
  const giveOf = async (userId: number) => {
    const others = [...calls].filter(call => call.userId === undefined || call.userId === userId)
    await Promise.all(others.map(({ ended }) => ended))
    const all = arrived.get(userId) ?? []
    arrived.delete(userId)
    for (const { handed, given } of all.sort((a, b) => a.handed.updateId - b.handed.updateId)) give(handed, given)
  }

  const room = () => (isFinishing ? 0 : Math.max(0, mostInFlight - inFlight.size))
  const look = async () => {
    await giveFrom(store.take(leaseMs, room()))
    await drop()
    if (elapsedMs() - stateAt < renewMs) return
    stateAt = elapsedMs()
    const state = await store.state()
    others = state.others
    onOthers?.(others)
    metrics.state(state)
  }
  const untilNextMs = () => {
    for (const [key, since] of early) if (elapsedMs() - since > earlyForMs) early.delete(key)
    if (early.size > 0) return lookSoonMs
    // another process may have left an update here just before the last one of its user was deleted
    const isBusy = inFlight.size > 0 || elapsedMs() - endedAt < renewMs
    return others > 0 && isBusy ? lookMs : renewMs
  }
  const run = async () => {
    while (!stopping.signal.aborted) {
      wake = new AbortController()
      await sleep(untilNextMs(), AbortSignal.any([stopping.signal, wake.signal]))
      if (!stopping.signal.aborted) await look().catch(reportBug)
    }
  }
  const reportBug = (err: unknown) => {
    // an unavailable PostgreSQL is reported where facts are stored
    if (!(err instanceof AppError)) log.error('update_failed', { update_type: 'other', err })
  }

  return {
    accept: async update => {
      const key = { userId: actingUser(update), updateId: update.update_id }
      try {
        const body = cipher.seal(update, key.userId)
        const handed = store.put({ ...key, body }, room() > 0)
        await giveFrom(handed, key.userId, update)
        if ((await handed).length === 0) onWaiting?.(update)
        return 'dealt_with'
      } catch (err) {
        reportBug(err)
        const outcome = await handle(update, 0)
        // it may have been stored all the same
        if (outcome === 'dealt_with') finished.push(key)
        return outcome
      }
    },
    start: async () => {
      await look().catch(reportBug)
      loop = run()
    },
    finish: async timeoutMs => {
      isFinishing = true // the lease goes on: others must not answer what is in flight
      const idle = inFlight.size === 0 ? Promise.resolve() : new Promise<void>(resolve => (onIdle = resolve))
      const giveUp = new AbortController()
      await Promise.race([idle, sleep(timeoutMs, giveUp.signal)])
      giveUp.abort()
    },
    leave: async () => {
      stopping.abort()
      await loop
      await drop()
      await store.leave().catch(reportBug)
    },
  }
}
