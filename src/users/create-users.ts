import { v4 } from 'uuid'
import { AppError, TimeoutError } from '../errors.ts'
import type { CartJournal } from '../events/cart-journal.ts'
import { factId } from '../events/fact-id.ts'
import type { CartFact, JsonDocument } from '../events/facts.ts'
import type { Recorder } from '../events/recorder.ts'
import { createLatestEntries } from '../process/latest-entries.ts'
import { sleep as sleepByClock, wokenUp } from '../process/sleep.ts'
import type { StoredCart } from '../shop/cart.ts'
import { newReferralCode } from './referral-code.ts'
import { parseStartPayload } from './start-payload.ts'
import { readUserState, type UserState } from './user-state.ts'
import type { UserStore } from './user-store.ts'
import type { Allowance, UnshownCart, UpdateRef, Users } from './users.ts'

export interface UsersDeps {
  store: UserStore
  recorder: Pick<Recorder, 'submit' | 'submitDurably'>
  carts: CartJournal
  now: () => Date
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  /** Users cached for the time PostgreSQL is down. */
  cachedUsers?: number
}

/** A user as this process saw them last. */
interface Remembered {
  user: UserState
  /** Of it, what this process has submitted and PostgreSQL did not confirm yet. */
  ahead: Partial<UserState>
  /** As PostgreSQL had them with their latest message, and what this process has stored since. */
  isCurrent: boolean
}

const preferenceLimit = 50
const restrictionLimit = 50
/** Timeout of lookups that a message waits for and can do without. */
const lookupMs = 1_000

export function createUsers(deps: UsersDeps): Users {
  const { store, recorder, carts, now, sleep = sleepByClock, cachedUsers = 10_000 } = deps
  const remembered = createLatestEntries<number, Remembered>(cachedUsers)
  const remember = (user: UserState, ahead: Partial<UserState> = {}, isCurrent = false): UserState => {
    const seen = { ...user, ...ahead }
    remembered.set(user.userId, { user: seen, ahead, isCurrent })
    return seen
  }
  /** PostgreSQL may have been read before it got what this process has submitted. */
  const rememberRead = (user: UserState): UserState => remember(user, remembered.get(user.userId)?.ahead)
  /** Written to PostgreSQL beside the facts, which may still wait. */
  const change = (userId: number, changes: Partial<UserState>) => {
    const known = remembered.get(userId)
    if (known !== undefined) remember({ ...known.user, ...changes }, known.ahead, known.isCurrent)
  }
  /** By a fact; with those before it, facts being stored in order, or waiting to be stored. */
  const changeByFact = (userId: number, changes: Partial<UserState>, { isStored }: { isStored: boolean }) => {
    const known = remembered.get(userId)
    if (known === undefined) return
    const ahead = isStored ? {} : { ...known.ahead, ...changes }
    remember({ ...known.user, ...changes }, ahead, known.isCurrent && isStored)
  }
  const base = ({ key, at, requestId }: UpdateRef, userId: number, name: string) => ({
    id: factId(key, name),
    userId,
    at,
    requestId,
  })

  /** The cart that an earlier delivery of this update has made and not shown; recorded again, which is a no-op if it was. */
  const unshownCart = async (update: UpdateRef): Promise<{ cart: UnshownCart; isOwn: boolean } | null> => {
    const id = factId(update.key, 'message')
    const fact = await carts.find(id)
    if (fact === null) return null
    const outcome = await recorder.submit(fact)
    const { requestId, promptVersion = null } = fact
    const cart: UnshownCart = { ...asStoredCart(fact.cart) }
    if (outcome !== null && requestId !== null)
      cart.rated = { cartNumber: outcome.cartNumber, requestId, promptVersion }
    return { cart, isOwn: fact.messageFactId === id }
  }

  /** `otherwise` when there is no answer in time. */
  const inTime = <T>(answer: Promise<T>, otherwise: T): Promise<T> => {
    const timeout = new AbortController()
    const late = sleep(lookupMs, timeout.signal).then(() => otherwise)
    return Promise.race([answer.catch(() => otherwise), late]).finally(() => timeout.abort(wokenUp))
  }

  /**
   * The user as PostgreSQL has them, else as this process last saw them; null when neither says enough. A consent may have
   * been given to another process since: that none is remembered does not mean that there is none.
   */
  const recall = async (userId: number): Promise<UserState | null> => {
    const found = await inTime(store.find(userId, now()), null)
    if (found !== null) return rememberRead(found)
    const known = remembered.get(userId)
    if (known === undefined) return null
    return known.user.consentVersion !== null || known.ahead.consentVersion === null ? known.user : null
  }

  return {
    start: async (update, userId, payload) => {
      const outcome = await recorder.submit({
        ...base(update, userId, 'start'),
        kind: 'start',
        ...parseStartPayload(payload),
      })
      return outcome && { ...outcome, user: remember(readUserState(outcome.user)) }
    },
    message: async (update, userId) => {
      const outcome = await recorder.submit({ ...base(update, userId, 'message'), kind: 'message' })
      if (outcome !== null) {
        const user = remember(readUserState(outcome.user), {}, true)
        if (outcome.delivery === 'done') return { ...outcome, user, cart: outcome.cart && asStoredCart(outcome.cart) }
        const unshown = await unshownCart(update)
        // without the file of the process that made it nothing names the cart for a rating
        if (outcome.cart !== null && unshown?.isOwn !== true)
          return { ...outcome, user, cart: asStoredCart(outcome.cart) }
        return { ...outcome, user, ...answerIn(unshown, outcome.delivery) }
      }
      const last = remembered.get(userId)
      if (last !== undefined) remember(last.user, last.ahead)
      const unshown = await unshownCart(update)
      const user = (await recall(userId)) ?? (unshown === null ? null : assumedState(userId, update.at))
      // whether it came before only PostgreSQL knows
      return user && { user, sessionStarted: false, ...answerIn(unshown, 'repeat') }
    },
    allowance: async userId => {
      const known = remembered.get(userId)
      // only the user's own messages use it up, one after another; whether there is more by now only PostgreSQL knows
      if (known?.isCurrent && known.user.cartsCreated < known.user.cartLimit) return allowanceOf(known.user)
      let user: UserState | null | undefined
      try {
        user = await store.find(userId, now())
      } catch (err) {
        if (!(err instanceof AppError)) throw err
        user = remembered.get(userId)?.user
      }
      if (user == null)
        return { allowed: true, cartsCreated: 0, cartLimit: 0, surveyCompleted: false, daysSinceRegistration: 0 }
      return allowanceOf(user)
    },
    readings: userId => {
      let reading: ReturnType<UserStore['readings']> | null = null
      const forget = () => {
        reading = null
      }
      const read = () =>
        (reading ??= store.readings(userId, now()).catch((err: unknown) => {
          forget()
          throw err
        }))
      return {
        spentOnDay: async () => {
          const timeout = new AbortController()
          const late = sleep(lookupMs, timeout.signal).then(() => {
            throw new TimeoutError('postgres', lookupMs)
          })
          const { spent } = await Promise.race([read(), late]).finally(() => timeout.abort(wokenUp))
          return spent
        },
        preferences: async () => (await read()).preferences,
        restrictions: async () => (await read()).restrictions,
        lastCart: async () => (await read()).lastCart,
        forget,
      }
    },
    cartCreated: async (update, userId, { ordinal, together, ...cart }) => {
      const fact: CartFact = {
        ...base(update, userId, `cart/${ordinal}`),
        at: laterOf(now(), update.at),
        kind: 'cart',
        messageFactId: factId(update.key, 'message'),
        alsoAnswers: together.map(({ key }) => factId(key, 'message')),
        ...cart,
      }
      await carts.add(fact)
      const outcome = await recorder.submit(fact)
      const known = remembered.get(userId)?.user
      if (outcome !== null)
        changeByFact(
          userId,
          { cartsCreated: outcome.cartsCreated, cartLimit: outcome.cartLimit, hasLastCart: true },
          { isStored: true },
        )
      else if (known !== undefined)
        changeByFact(
          userId,
          { cartsCreated: known.cartsCreated + Number(!cart.revises), hasLastCart: true },
          { isStored: false },
        )
      return outcome
    },
    consent: async (update, userId, version) => {
      const outcome = await recorder.submit({
        ...base(update, userId, 'consent'),
        kind: 'consent',
        version,
        method: 'button',
      })
      if (outcome !== null) return remember(readUserState(outcome))
      // spooled but not stored yet: this process must already observe it
      const known = remembered.get(userId)
      return remember(known?.user ?? assumedState(userId, update.at), { ...known?.ahead, consentVersion: version })
    },
    wasDone: async (update, userId) => {
      const id = factId(update.key, 'message')
      const was = await inTime(store.wasDone(userId, id), false)
      // the process may have been killed between the two steps of `done`
      if (was) await carts.remove(id)
      return was
    },
    hasBlockedBot: userId => inTime(store.hasBlockedBot(userId), false),
    botBlocked: async (userId, { key, at, blocked }) => {
      await recorder.submit({ id: factId(key, 'bot_block'), userId, at, requestId: null, kind: 'bot_block', blocked })
    },
    done: async (update, userId) => {
      await recorder.submit({
        ...base(update, userId, 'done'),
        kind: 'done',
        messageFactId: factId(update.key, 'message'),
      })
      await carts.remove(factId(update.key, 'message'))
    },

    find: async userId => {
      const user = await store.find(userId, now())
      return user && rememberRead(user)
    },
    invitation: async userId => {
      let found = await store.invitation(userId)
      // another replica may make one at the same time, or the code may be taken: whatever is there afterwards counts
      for (let tries = 0; found.code === null && tries < 5; tries++) {
        await store.createReferralCode(userId, newReferralCode())
        found = await store.invitation(userId)
      }
      return { ...found, code: found.code ?? String(userId) }
    },
    saveSurvey: async (userId, progress) => {
      await store.saveSurvey(userId, progress)
      change(userId, { survey: progress })
    },
    completeSurvey: async (update, userId, answers) => {
      const outcome = await recorder.submit({ ...base(update, userId, 'survey'), kind: 'survey', ...answers })
      const changes = { survey: null, surveyCompleted: !outcome?.needsCart }
      if (outcome === null) changeByFact(userId, changes, { isStored: false })
      else changeByFact(userId, { ...changes, cartLimit: outcome.cartLimit }, { isStored: true })
      return outcome
    },
    cartOf: async (update, userId) => {
      const stored = await store.cartOf(userId, factId(update.key, 'message')).catch(() => null)
      const unshown = await unshownCart(update)
      return unshown?.isOwn === true ? unshown.cart : (stored ?? unshown?.cart ?? null)
    },
    lastCart: userId => store.lastCart(userId, now()),
    rateCart: async (userId, rating) => {
      const { known, changed } = await store.rateCart(userId, rating, now())
      if (!known) return 'unknown_cart'
      return changed ? 'rated' : 'same'
    },

    preferences: userId => store.preferences(userId),
    setPreference: async (userId, { category, preference }) =>
      (await store.setPreference(
        userId,
        { category: category.trim().toLowerCase(), preference: preference.trim().toLowerCase() },
        preferenceLimit,
      ))
        ? 'saved'
        : 'full',
    deletePreference: (userId, category) => store.deletePreference(userId, category.trim().toLowerCase()),

    restrictions: userId => store.restrictions(userId),
    addRestriction: async (userId, { kind, value }) =>
      (await store.addRestriction(userId, { kind, value: value.trim().toLowerCase() }, restrictionLimit))
        ? 'saved'
        : 'full',
    removeRestriction: (userId, { kind, value }) =>
      store.removeRestriction(userId, { kind, value: value.trim().toLowerCase() }),

    block: async (userId, reason) => {
      const found = await store.block(userId, now(), reason)
      if (found) change(userId, { blocked: { reason } })
      return found
    },
    unblock: async userId => {
      const found = await store.unblock(userId)
      if (found) change(userId, { blocked: null })
      return found
    },
    grantCarts: async (userId, count) => {
      const cartLimit = await store.grantCarts(userId, count)
      if (cartLimit !== null) change(userId, { cartLimit })
      return cartLimit
    },
    resetCarts: async (userId, free) => {
      const state = await store.resetCarts(userId, free)
      if (state === null) return null
      change(userId, state)
      return state.cartLimit - state.cartsCreated
    },

    erase: async (update, userId) => {
      const outcome = await recorder.submitDurably({
        id: v4(),
        userId,
        at: update.at,
        requestId: update.requestId,
        kind: 'erase',
      })
      remembered.delete(userId)
      await carts.erase(userId)
      return outcome
    },
  }
}

const allowanceOf = ({ cartsCreated, cartLimit, surveyCompleted, daysSinceRegistration }: UserState): Allowance => ({
  allowed: cartsCreated < cartLimit,
  cartsCreated,
  cartLimit,
  surveyCompleted,
  daysSinceRegistration,
})

/** Nothing that a message leads to happens before it, whatever the clock of this machine says. */
const laterOf = (a: Date, b: Date): Date => (a > b ? a : b)

/** A message that an earlier delivery has answered with a cart: with its own, or together with the one that asked for it. */
function answerIn<D extends string>(unshown: { cart: UnshownCart; isOwn: boolean } | null, delivery: D) {
  if (unshown === null) return { delivery, cart: null }
  return unshown.isOwn ? { delivery, cart: unshown.cart } : { delivery: 'done' as const, cart: null }
}

/** The cart as `cartCreated` submitted it. */
const asStoredCart = (document: JsonDocument): StoredCart => document as StoredCart

/** The state assumed of an unknown user while PostgreSQL is down. */
const assumedState = (userId: number, at: Date): UserState => ({
  userId,
  registeredAt: at,
  daysSinceRegistration: 0,
  cartsCreated: 0,
  cartLimit: 1,
  surveyCompleted: false,
  survey: null,
  consentVersion: null,
  blocked: null,
  messagesInSession: 1,
  hasLastCart: false,
})
