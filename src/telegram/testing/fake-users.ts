import { UpstreamError } from '../../errors.ts'
import type { MessageOutcome } from '../../events/facts.ts'
import type { StoredCart } from '../../shop/cart.ts'
import type { SurveyProgress, UserState } from '../../users/user-state.ts'
import type { LastCart, Restriction, UpdateRef, Users } from '../../users/users.ts'
import { consentVersion } from '../privacy/policy.ts'

export interface FakeUsers extends Users {
  /** What was asked for, in order: method name and user id. */
  calls: { method: string; userId: number; argument?: unknown }[]
  /** PostgreSQL is down. */
  isDown: boolean
  /** Messages of this key were delivered before. */
  delivered: Map<string, Pick<MessageOutcome<UserState, StoredCart>, 'delivery' | 'cart'>>
  /** Updates another process has answered, by key. */
  answeredBefore: Set<string>
  /** The last carts, by user. */
  lastCarts: Map<number, LastCart>
  /** What comes of the next ratings. */
  ratingOutcome: Awaited<ReturnType<Users['rateCart']>>
  set(userId: number, state: Partial<UserState>): void
  get(userId: number): UserState | undefined
}

/** A user as they are after /start, consent given. */
const aUser = (userId: number, state: Partial<UserState> = {}): UserState => ({
  userId,
  registeredAt: new Date('2026-11-01T09:00:00Z'),
  daysSinceRegistration: 0,
  cartsCreated: 0,
  cartLimit: 5,
  surveyCompleted: false,
  survey: null,
  consentVersion,
  blocked: null,
  messagesInSession: 1,
  hasLastCart: false,
  ...state,
})

/** The room of users in memory. */
export function createFakeUsers(): FakeUsers {
  const states = new Map<number, UserState>()
  const calls: FakeUsers['calls'] = []
  const answeredBefore: FakeUsers['answeredBefore'] = new Set()
  const botBlockers = new Set<number>()
  const delivered: FakeUsers['delivered'] = new Map()
  const seen = (method: string, userId: number, argument?: unknown) => void calls.push({ method, userId, argument })
  let restrictions: Restriction[] = [{ kind: 'allergy', value: 'орехи' }]
  const registered = (userId: number, state: Partial<UserState> = {}): UserState => {
    const user = { ...(states.get(userId) ?? aUser(userId, { consentVersion: null })), ...state }
    states.set(userId, user)
    return user
  }
  const reachable = () => {
    if (fake.isDown) throw new UpstreamError('postgres', null, 'not reachable', true)
  }

  const fake: FakeUsers = {
    calls,
    isDown: false,
    delivered,
    answeredBefore,
    lastCarts: new Map(),
    ratingOutcome: 'rated',
    set: (userId, state) => void registered(userId, state),
    get: userId => states.get(userId),
    start: async (_update, userId, payload) => {
      seen('start', userId, payload)
      if (fake.isDown) return null
      const isNewUser = !states.has(userId)
      const inviter = Number(/^ref_(\d+)$/.exec(payload)?.[1])
      const inviterId = isNewUser && states.has(inviter) ? inviter : null
      const user = registered(userId)
      return { user, isNewUser, source: inviterId === null ? 'organic' : 'referral', inviterId, repeat: false }
    },
    message: async (update: UpdateRef, userId) => {
      seen('message', userId, update.key)
      if (fake.isDown) return null
      const before = delivered.get(update.key) ?? { delivery: 'first' as const, cart: null }
      delivered.set(update.key, { ...before, delivery: before.delivery === 'done' ? 'done' : 'repeat' })
      return { user: registered(userId), sessionStarted: true, ...before }
    },
    botBlocked: async (userId, { at: _, ...change }) => {
      seen('botBlocked', userId, change)
      if (change.blocked) botBlockers.add(userId)
      else botBlockers.delete(userId)
    },
    hasBlockedBot: async userId => !fake.isDown && botBlockers.has(userId),
    wasDone: async update => answeredBefore.has(update.key),
    done: async (update, userId) => {
      seen('done', userId, update.key)
      delivered.set(update.key, { delivery: 'done', cart: null })
    },
    consent: async (_update, userId, version) => {
      seen('consent', userId, version)
      return fake.isDown ? null : registered(userId, { consentVersion: version })
    },
    find: async userId => {
      reachable()
      return states.get(userId) ?? null
    },
    invitation: async () => {
      reachable()
      return { code: 'Ab3_xY9z', invited: 3, paid: 1 }
    },
    saveSurvey: async (userId, progress: SurveyProgress | null) => {
      reachable()
      seen('saveSurvey', userId, progress)
      registered(userId, { survey: progress })
    },
    completeSurvey: async (_update, userId, answers) => {
      seen('completeSurvey', userId, answers)
      if (fake.isDown) return null
      const before = registered(userId)
      if (before.surveyCompleted || before.cartsCreated === 0)
        return { completed: false, needsCart: !before.surveyCompleted, bonus: 0, cartLimit: before.cartLimit }
      const cartLimit = before.cartLimit + 5
      registered(userId, { surveyCompleted: true, survey: null, cartLimit })
      return { completed: true, needsCart: false, bonus: 5, cartLimit }
    },
    erase: async (_update, userId) => {
      seen('erase', userId)
      if (fake.isDown) return null
      states.delete(userId)
      return { events: 12, preferences: 2, shown: [] }
    },
    cartOf: async update => delivered.get(update.key)?.cart ?? null,
    allowance: notAsked,
    cartCreated: notAsked,
    lastCart: async userId => {
      reachable()
      return fake.lastCarts.get(userId) ?? null
    },
    rateCart: async (userId, rating) => {
      reachable()
      seen('rateCart', userId, rating)
      return fake.ratingOutcome
    },
    readings: () => ({
      spentOnDay: notAsked,
      preferences: notAsked,
      restrictions: notAsked,
      lastCart: notAsked,
      forget: () => undefined,
    }),
    preferences: notAsked,
    setPreference: notAsked,
    deletePreference: notAsked,
    restrictions: async () => {
      reachable()
      return [...restrictions]
    },
    addRestriction: async (userId, restriction) => {
      seen('addRestriction', userId, restriction)
      reachable()
      restrictions = [...restrictions.filter(({ value }) => value !== restriction.value), restriction]
      return 'saved'
    },
    removeRestriction: async (userId, restriction) => {
      seen('removeRestriction', userId, restriction)
      reachable()
      const before = restrictions.length
      restrictions = restrictions.filter(({ value }) => value !== restriction.value)
      return restrictions.length < before
    },
    block: notAsked,
    unblock: notAsked,
    grantCarts: notAsked,
    resetCarts: notAsked,
  }
  return fake
}

/** What only the assistant and the admin commands ask of users. */
const notAsked = async (): Promise<never> => {
  throw new TypeError('the telegram room has no business here')
}

export const aCart = (cart: Partial<StoredCart> = {}): StoredCart => ({
  link: 'https://vkusvill.ru/?share_basket=1234567',
  totalMinor: 17_800,
  lines: [
    {
      product: {
        id: 1,
        xmlId: 1,
        name: 'Молоко 3,2 %',
        price: { currentMinor: 8_900, oldMinor: null, condition: null },
        unit: 'шт',
        weightGrams: 900,
        rating: null,
        url: null,
      },
      q: 2,
      priceMinor: 8_900,
      sumMinor: 17_800,
    },
  ],
  ...cart,
})
