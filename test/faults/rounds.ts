import { type Fixture, pause, post, until } from './fixture.ts'
import type { Tally } from './load.ts'

/** What a user does in one round, a moment apart and without waiting for answers, and how they recognise each. */
const steps = [
  { kind: 'cart', text: 'собери корзину: молоко, хлеб', answer: /Итого/ },
  { kind: 'invite', press: 'invite_show', answer: /t\.me\/\S+start=ref_/ },
  { kind: 'help', text: '/help', answer: /Как это работает/ },
  { kind: 'kept', press: 'erase_no', answer: /всё остаётся как было/ },
  { kind: 'me', text: '/me', answer: /Что я о вас знаю/ },
] as const
type Kind = (typeof steps)[number]['kind']

/** So far apart a user's messages and presses are sent, in milliseconds. */
const apartMs = 150
const answeredWithinMs = 240_000

/** The chat of one user, held against what they did. */
interface Seen {
  /** Kinds of the answers in the order they came, each once: one that came twice in a row was repeated. */
  order: Kind[]
  repeated: number
  links: Set<string>
  /** Texts of the bot that answer nothing of the rounds. */
  others: string[]
}

export interface Rounds {
  /** Rounds that are answered, of all users. */
  done(): number
  /** Resolves when every user has done so many rounds more. */
  everyUserDoes(more: number): Promise<void>
  /** Answers that came twice so far. */
  repeated(): Promise<number>
  /** Ends after the rounds begun; resolves when all are answered, rejects naming what is missing. */
  finish(): Promise<RoundsResult>
}

interface RoundsResult {
  rounds: number
  /** Users whose answers did not come in the order of what they did, with the first difference. */
  outOfOrder: string[]
  repeated: number
  /** Longest time from the last step of a round to its last answer, ms. */
  longestMs: number
  tallies: Tally[]
}

/**
 * Users who do five things in a row, three messages and two presses, wait for the five answers and begin again. Telegram sends
 * messages and presses on separate ways, so nothing but the bots keeps them in order.
 */
export function startRounds(fixture: Fixture, users: readonly number[]): Rounds {
  let isOver = false
  let longestMs = 0
  const rounds = new Map(users.map(userId => [userId, 0]))
  const after = new Map<number, number>()
  const failures: string[] = []

  const look = async (userId: number): Promise<Seen> => {
    const seen: Seen = { order: [], repeated: 0, links: new Set(), others: [] }
    for (const { from, text, buttons } of await fixture.user(userId).messages(after.get(userId))) {
      if (from !== 'bot') continue
      const kind = steps.find(({ answer }) => answer.test(text))?.kind
      if (kind === undefined) seen.others.push(text)
      else if (seen.order.at(-1) === kind) seen.repeated += 1
      else seen.order.push(kind)
      for (const { url } of buttons.flat()) if (url?.includes('share_basket')) seen.links.add(url)
    }
    return seen
  }
  const live = async (userId: number) => {
    const user = fixture.user(userId)
    after.set(userId, (await user.messages()).at(-1)?.message_id ?? 0)
    while (!isOver) {
      for (const step of steps) {
        if ('text' in step) await user.send(step.text)
        else await post(`${fixture.url}/sandbox/updates`, press(userId, step.press))
        await pause(apartMs)
      }
      const sentAt = Date.now()
      const wanted = ((rounds.get(userId) ?? 0) + 1) * steps.length
      while ((await look(userId)).order.length < wanted) {
        if (failures.length > 0) return
        await pause(100)
      }
      longestMs = Math.max(longestMs, Date.now() - sentAt)
      rounds.set(userId, wanted / steps.length)
    }
  }
  const lives = Promise.all(users.map(live))

  return {
    done: () => [...rounds.values()].reduce((sum, n) => sum + n, 0),
    repeated: async () => (await Promise.all(users.map(look))).reduce((sum, { repeated }) => sum + repeated, 0),
    everyUserDoes: async more => {
      const before = new Map(rounds)
      const isDone = (userId: number) => (rounds.get(userId) ?? 0) >= (before.get(userId) ?? 0) + more
      await until(`${more} rounds of every user`, async () => users.every(isDone), answeredWithinMs)
    },
    finish: async () => {
      isOver = true
      const timer = setTimeout(() => failures.push('the time is over'), answeredWithinMs)
      await lives
      clearTimeout(timer)
      const seen = await Promise.all(users.map(async userId => ({ userId, ...(await look(userId)) })))
      if (failures.length > 0) throw new Error(`not all is answered: ${JSON.stringify(seen)}`)
      return {
        rounds: [...rounds.values()].reduce((sum, n) => sum + n, 0),
        outOfOrder: seen.flatMap(({ userId, order }) => firstDifference(userId, order)),
        repeated: seen.reduce((sum, { repeated }) => sum + repeated, 0),
        longestMs,
        tallies: seen.map(one => tallyOf(one, rounds.get(one.userId) ?? 0)),
      }
    },
  }
}

/** A press of a button of the bot that stays in the chat. */
const press = (userId: number, data: string) => {
  const chat = { id: userId, type: 'private', first_name: 'A' }
  const message = { message_id: 1, date: Math.floor(Date.now() / 1000), chat, text: 'x' }
  const from = { id: userId, is_bot: false, first_name: 'A' }
  return { callback_query: { id: String(Math.random()).slice(2), chat_instance: '1', from, message, data } }
}

function firstDifference(userId: number, order: readonly Kind[]): string[] {
  const at = order.findIndex((kind, i) => kind !== steps[i % steps.length]?.kind)
  return at === -1 ? [] : [`user ${userId}, answer ${at + 1}: ${order.slice(Math.max(0, at - 2), at + 6).join(', ')}`]
}

const tallyOf = ({ userId, order, links, others }: Seen & { userId: number }, rounds: number): Tally => ({
  userId,
  sent: { cart: rounds, me: rounds, help: rounds },
  answered: {
    cart: order.filter(kind => kind === 'cart').length,
    me: order.filter(kind => kind === 'me').length,
    help: order.filter(kind => kind === 'help').length,
  },
  carts: links,
  wantedCarts: rounds,
  apologies: others.length,
  codes: [],
  lastAnswerAt: 0,
})
