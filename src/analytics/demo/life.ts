import {
  type EventType,
  type Pmf,
  type Scenario,
  type Source,
  sources,
  type UsefulFeature,
} from '../../events/catalogue.ts'
import { arrivalDay, comesBack, momentOf, sourceOf } from './arrival.ts'
import { blocksOf, type LifeBlock } from './blocks.ts'
import type { Calendar } from './calendar.ts'
import { slugOf } from './campaigns.ts'
import { errorMessages, missingQueries, opinions, profiles, queries, weekdayRhythm } from './profiles.ts'
import { createRandom } from './random.ts'

export interface LifeEvent {
  id: string
  type: EventType
  /** Epoch milliseconds. */
  at: number
  metadata: Record<string, unknown>
  /** The slug of a /start; null without one, and of other events. */
  campaign: string | null
  /** How it reaches the database: in order, long after the others, or twice. */
  arrival: 'in order' | 'late' | 'twice'
}

/** Messages and model usage of a user on one day. Money is in whole micro-roubles, so that sums are exact. */
interface DayUsage {
  messages: number
  calls: number
  tokens: number
  costMicro: number
}

/** The history of one synthetic user. */
export interface Life {
  userId: number
  source: Source
  /** The slug of the first /start. */
  campaign: string | null
  registeredAt: number
  startedAt: number | null
  /** Came back after /start and /delete_me: not a new user. */
  erasedBefore: boolean
  invitedBy: number | null
  carts: number
  cartLimit: number
  surveyAt: number | null
  lastMessageAt: number | null
  messagesInSession: number
  /** In chronological order. */
  events: LifeEvent[]
  /** In chronological order. */
  blocks: LifeBlock[]
  /** By index of the day. */
  usage: Map<number, DayUsage>
}

export interface LifeSettings {
  calendar: Calendar
  seed: number
  cartLimit: number
  surveyBonus: number
  /** Id of user 0. Default: `firstSyntheticUser`. */
  firstUser?: number
}

/** Ids of synthetic users begin here: Telegram's have at most 52 bits. The column `users.synthetic` is what marks them. */
export const firstSyntheticUser = 2 ** 52

const second = 1000
const sessionGap = 1800 * second
/** How long after its latest version a cart can be corrected. */
const revisionWindow = 1800 * second
const rubPerMillionTokens = 650
/** The partner mark of most carts. */
const demoTag = 'demo'

/** Generates the history of user `index`, deterministically from the settings and the index. */
export function generateLife(
  index: number,
  { calendar, seed, cartLimit, surveyBonus, firstUser = firstSyntheticUser }: LifeSettings,
): Life {
  const random = createRandom(seed, index)
  const source = sourceOf(index, random)
  const profile = profiles[source]
  const life: Life = {
    userId: firstUser + index,
    source: 'organic',
    campaign: null,
    registeredAt: 0,
    startedAt: null,
    erasedBefore: createRandom(seed, index, 2).chance(0.03),
    invitedBy: source === 'referral' ? firstUser + random.int(0, index - 1) : null,
    carts: 0,
    cartLimit,
    surveyAt: null,
    lastMessageAt: null,
    messagesInSession: 0,
    events: [],
    blocks: [],
    usage: new Map(),
  }
  const end = calendar.startOf(calendar.length)
  const ids = createRandom(seed, index, 1)
  const happens = (type: EventType, at: number, metadata: Record<string, unknown>, campaign: string | null = null) => {
    const arrival = random.chance(0.01) ? 'late' : random.chance(0.01) ? 'twice' : 'in order'
    life.events.push({ id: ids.uuid(), type, at, metadata, campaign, arrival })
  }
  const daysSince = (from: number, at: number) => calendar.indexAt(at) - calendar.indexAt(from)
  let sessionsToday = { day: -1, count: 0 }
  /** The latest version of the last cart. */
  let version = { number: 0, revision: 0, at: Number.NEGATIVE_INFINITY, items: 0, sum: 0 }
  const changesMind = createRandom(seed, index, 3)
  const follows = createRandom(seed, index, 4)
  const labels = createRandom(seed, index, 5)

  const start = (at: number, from: Source) => {
    if (at >= end) return
    if (life.registeredAt === 0) life.registeredAt = at
    const referrer = from === 'referral' ? life.invitedBy : null
    const metadata = { source: from, referrer_id: referrer, is_new_user: false }
    happens('bot_start', at, metadata, slugOf(from, index, follows))
  }
  const message = (at: number) => {
    if (life.registeredAt === 0) life.registeredAt = at
    const day = calendar.indexAt(at)
    if (life.lastMessageAt === null || at - life.lastMessageAt > sessionGap) {
      sessionsToday = { day, count: sessionsToday.day === day ? sessionsToday.count + 1 : 1 }
      happens('session_start', at, {
        day_number: daysSince(life.registeredAt, at),
        sessions_today: sessionsToday.count,
        days_since_last_session: life.lastMessageAt === null ? null : daysSince(life.lastMessageAt, at),
      })
      life.messagesInSession = 0
    }
    life.lastMessageAt = at
    life.messagesInSession++
    const calls = random.int(1, 5)
    const tokens = calls * random.int(700, 2600)
    const usage = life.usage.get(day) ?? { messages: 0, calls: 0, tokens: 0, costMicro: 0 }
    usage.messages++
    usage.calls += calls
    usage.tokens += tokens
    usage.costMicro += tokens * rubPerMillionTokens
    life.usage.set(day, usage)
  }
  const search = (at: number) => {
    const found = !random.chance(0.07)
    // the first queries of the list are the most frequent
    const query = found
      ? (queries[Math.floor(queries.length * random.next() ** 2)] ?? queries[0])
      : random.pick(missingQueries)
    happens('product_search', at, { query, results_count: found ? random.int(1, 10) : 0, had_results: found })
  }
  const survey = (at: number) => {
    if (life.surveyAt !== null || life.carts === 0 || at >= end) return
    life.surveyAt = at
    life.cartLimit += surveyBonus
    const features = { search: 3, recipe: 4, cart: 5, other: 1 } satisfies Record<UsefulFeature, number>
    const answers = { very: profile.returns, somewhat: 0.4, not: 0.2 } satisfies Record<Pmf, number>
    happens('survey_completed', at, {
      pmf: random.weighted(answers),
      useful_feature: random.weighted(features),
      feedback: random.chance(0.4) ? random.pick(opinions) : null,
      carts_before_survey: life.carts,
      days_since_registration: daysSince(life.registeredAt, at),
    })
  }
  const cart = (at: number) => {
    if (life.carts >= life.cartLimit) {
      happens('cart_limit_reached', at, {
        carts_used: life.carts,
        cart_limit: life.cartLimit,
        days_since_registration: daysSince(life.registeredAt, at),
        tier: life.surveyAt === null ? 1 : 2,
      })
      if (random.chance(0.55)) survey(at + random.int(40, 900) * second)
      return
    }
    life.carts++
    const sum = profile.cart * Math.exp(random.normal() * 0.45)
    makeVersion({ number: life.carts, revision: 0, at, items: random.int(2, 14), sum })
  }
  const correct = (at: number) => {
    const { number, revision, items, sum } = version
    const [more, factor] = [changesMind.int(-1, 2), 0.75 + changesMind.next() * 0.6]
    makeVersion({ number, revision: revision + 1, at, items: Math.max(1, items + more), sum: sum * factor })
  }
  const makeVersion = (made: typeof version) => {
    version = made
    const scenarios = { search: 5, recipe: 3, budget: 1, mixed: 1 } satisfies Record<Scenario, number>
    happens('cart_created', made.at, {
      cart_number: made.number,
      items_count: made.items,
      total_sum: random.chance(0.06) ? null : Math.max(1, Math.round(made.sum * 100)) / 100,
      scenario: random.weighted(scenarios),
      messages_in_session: life.messagesInSession,
      affiliate_tag: labels.chance(0.7) ? demoTag : null,
      revision: made.revision,
    })
  }
  const session = (begin: number) => {
    let at = Math.max(begin, (life.lastMessageAt ?? 0) + second)
    for (let left = 1 + Math.floor(random.next() ** 2 * 5); left > 0 && at < end - 60 * second; left--) {
      message(at)
      for (let i = random.int(0, 3); i > 0; i--) search(at + random.int(0, 3) * second)
      const answeredAt = at + random.int(3, 9) * second
      const hasVersion = version.at <= answeredAt && answeredAt - version.at <= revisionWindow
      if (hasVersion && changesMind.chance(0.4)) correct(answeredAt)
      else if (random.chance(profile.buys)) cart(answeredAt)
      if (random.chance(0.012)) {
        const error_type = random.weighted({ RateLimitError: 2, TimeoutError: 4, MCPError: 3, Unknown: 1 })
        const had_history = life.messagesInSession > 1
        happens('bot_error', at + 2 * second, { error_type, error_message: errorMessages[error_type], had_history })
      }
      at += random.int(15, 400) * second
    }
  }

  const firstDay = arrivalDay(calendar, random)
  const owl = random.chance(0.05)
  const loyalty = Math.exp(random.normal() * 0.5)
  const arrivedAt = momentOf(firstDay, calendar, owl, random)
  const writesFirst = random.chance(0.02)
  if (writesFirst) session(Math.max(calendar.startOf(0), arrivedAt - random.int(60, 5400) * second))
  if (!writesFirst || random.chance(0.8)) start(Math.max(arrivedAt, (life.lastMessageAt ?? 0) + second), source)
  if (random.chance(0.04)) start(arrivedAt + random.int(2, 50) * second, 'organic')
  if (random.chance(profile.writes)) session(arrivedAt + random.int(20, 600) * second)

  const leavesOn = random.chance(0.3) ? firstDay + random.int(1, 40) : calendar.length
  for (let day = firstDay + 1; day < Math.min(leavesOn, calendar.length); day++) {
    const rhythm = weekdayRhythm[calendar.weekday(day)] ?? 1
    if (
      life.lastMessageAt === null ||
      !random.chance(Math.min(0.9, comesBack(profile, day - firstDay) * loyalty * rhythm))
    )
      continue
    for (let left = Number(random.weighted({ 1: 7, 2: 2, 3: 1 })); left > 0; left--) {
      const at = momentOf(day, calendar, owl, random)
      if (random.chance(0.05)) start(at - random.int(1, 30) * second, random.chance(0.5) ? 'organic' : 'telegram')
      session(at)
    }
    if (random.chance(0.004)) survey(momentOf(day, calendar, owl, random))
  }
  if (life.registeredAt === 0) life.registeredAt = arrivedAt
  life.events.sort((a, b) => a.at - b.at)
  life.blocks = blocksOf(life.events, end, createRandom(seed, index, 5))
  return settle(life)
}

/** Sets the user's source and registration by the earliest /start. */
function settle(life: Life): Life {
  const first = life.events.find(event => event.type === 'bot_start')
  if (first === undefined) return life
  first.metadata.is_new_user = !life.erasedBefore
  const source = sources.find(s => s === first.metadata.source) ?? 'organic'
  const registeredAt = Math.min(life.registeredAt, first.at)
  return { ...life, startedAt: first.at, source, campaign: first.campaign, registeredAt }
}
