import type { TestDatabase } from '../support/database.ts'
import { type Fixture, pause, until } from './fixture.ts'
import { isLong } from './results.ts'

/** Messages of the virtual users, and how they recognise the answer. */
const requests = [
  { kind: 'cart', text: 'собери корзину: молоко, хлеб', answer: /Итого/ },
  { kind: 'cart', text: 'собери корзину: сыр, кефир, яблоки', answer: /Итого/ },
  { kind: 'me', text: '/me', answer: /Что я о вас знаю/ },
  { kind: 'help', text: '/help', answer: /Как это работает/ },
] as const
type Kind = (typeof requests)[number]['kind']
const kinds = ['cart', 'me', 'help'] as const

/** The exchange of one virtual user with the bot. */
export interface Tally {
  userId: number
  sent: Record<Kind, number>
  answered: Record<Kind, number>
  /** Different carts that were shown. */
  carts: Set<string>
  /** How many of them there are to be: requests sent together are answered with one cart, or with one each. */
  wantedCarts: number
  apologies: number
  /** The codes of failures that apologies name. */
  codes: string[]
  /** When the last message was sent and its answer seen, ms. */
  lastAnswerAt: number
}

export interface Load {
  users: readonly number[]
  /** How often a user has seen all their pending answers. */
  rounds(): number
  /** How many different carts were shown, to all of them together. */
  carts(): Promise<number>
  /** Ends sending; resolves when all have their answers and no update waits, rejects naming who has none. */
  finish(): Promise<Tally[]>
}

interface LoadOptions {
  /** The database of the bots. */
  sql: TestDatabase['sql']
  users: readonly number[]
  random: () => number
  thinkMs?: number
}

const answeredWithinMs = 240_000
const quietMs = isLong ? 3_000 : 500

const apology =
  /Код для поддержки|Не получилось|Сейчас слишком много желающих|временные неполадки|Ещё отвечаю|Вы пишете быстрее/

/** What a user may write in a minute without being asked to slow down is 20 messages and 60 commands: stay below. */
const perMinute = { message: 15, command: 45 }

/**
 * Virtual users who write, wait for the answer and write again; now and then two messages together, never so much that the bot
 * asks them to slow down. Each has agreed to the processing of data before.
 */
export async function startLoad(fixture: Fixture, { sql, users, random, thinkMs = 50 }: LoadOptions): Promise<Load> {
  let isOver = false
  let rounds = 0
  const sent = new Map(users.map(userId => [userId, { cart: 0, me: 0, help: 0 }]))
  const lastAnswerAt = new Map<number, number>()
  const wantedCarts = new Map<number, number>()
  const failures: string[] = []

  const tally = async (userId: number): Promise<Tally> => {
    const messages = (await fixture.user(userId).messages()).filter(({ from }) => from === 'bot')
    const answered = { cart: 0, me: 0, help: 0 }
    for (const kind of kinds) {
      const pattern = requests.find(request => request.kind === kind)?.answer
      answered[kind] = messages.filter(({ text }) => pattern?.test(text)).length
    }
    const links = messages.flatMap(({ buttons }) =>
      buttons.flat().flatMap(({ url }) => (url === undefined ? [] : [url])),
    )
    const apologies = messages.filter(({ text }) => apology.test(text)).length
    const codes = messages.flatMap(
      ({ text }) => /Код для поддержки\P{L}{1,3}(?<code>[0-9A-Z]{12})/u.exec(text)?.[1] ?? [],
    )
    const mine = sent.get(userId) ?? { cart: 0, me: 0, help: 0 }
    const carts = new Set(links.filter(link => link.includes('share_basket')))
    return {
      userId,
      sent: { ...mine },
      answered,
      carts,
      wantedCarts: wantedCarts.get(userId) ?? 0,
      apologies,
      codes,
      lastAnswerAt: lastAnswerAt.get(userId) ?? 0,
    }
  }
  // an answer that came twice has the same cart: it does not stand for another one
  const missing = ({ sent, answered, carts, wantedCarts, apologies }: Tally) =>
    Math.max(0, wantedCarts - carts.size) +
    Math.max(0, sent.me - answered.me) +
    Math.max(0, sent.help - answered.help) -
    apologies

  const live = async (userId: number) => {
    const user = fixture.user(userId)
    const pick = createPicker(random)
    while (!isOver) {
      const first = pick()
      const second = random() < 0.25 ? pick() : undefined
      if (first?.kind === 'cart' || second?.kind === 'cart')
        wantedCarts.set(userId, (await tally(userId)).carts.size + 1)
      for (const request of [first, second]) {
        if (request === undefined) continue
        const counts = sent.get(userId)
        if (counts !== undefined) counts[request.kind] += 1
        await user.send(request.text)
      }
      while (!isOver && missing(await tally(userId)) > 0) await pause(100)
      lastAnswerAt.set(userId, Date.now())
      rounds += 1
      await pause(thinkMs * (0.5 + random()))
    }
  }
  /** Nothing has come for a while. */
  const quiet = async () => {
    let before = ''
    for (let since = Date.now(); Date.now() - since < quietMs; await pause(200)) {
      const chats = JSON.stringify(await Promise.all(users.map(userId => fixture.user(userId).messages())))
      if (chats !== before) since = Date.now()
      before = chats
    }
  }
  const lives = users.map(userId => live(userId).catch(err => void failures.push(String(err))))

  return {
    users,
    rounds: () => rounds,
    carts: async () => (await Promise.all(users.map(tally))).reduce((sum, { carts }) => sum + carts.size, 0),
    finish: async () => {
      isOver = true
      await Promise.all(lives)
      if (failures.length > 0) throw new Error(failures.join('\n'))
      const deadline = Date.now() + answeredWithinMs
      for (;;) {
        const tallies = await Promise.all(users.map(tally))
        const waiting = tallies.filter(one => missing(one) > 0)
        if (waiting.length === 0) {
          // an answer that came twice may hide one that is still to come
          await until('no update waits', async () => (await sql('select from inbox')).length === 0)
          await quiet()
          return Promise.all(users.map(tally))
        }
        if (Date.now() > deadline) {
          const shown = waiting.map(({ carts, ...rest }) => ({ ...rest, carts: [...carts] }))
          throw new Error(`${waiting.length} users wait for answers: ${JSON.stringify(shown)}`)
        }
        await pause(100)
      }
    },
  }
}

/** Chooses a user's next message; nothing when all of the minute's allowance is used. */
function createPicker(random: () => number) {
  const sentAt = { message: [] as number[], command: [] as number[] }
  return () => {
    const now = Date.now()
    const allowed = requests.filter(({ text }) => {
      const way = wayOf(text)
      sentAt[way] = sentAt[way].filter(at => at > now - 60_000)
      return sentAt[way].length < perMinute[way]
    })
    const request = allowed[Math.floor(random() * allowed.length)]
    if (request !== undefined) sentAt[wayOf(request.text)].push(now)
    return request
  }
}

const wayOf = (text: string) => (text.startsWith('/') ? 'command' : 'message')

/** How many messages were sent. */
export const messagesOf = (tallies: readonly Tally[]): number =>
  tallies.reduce((sum, { sent }) => sum + kinds.reduce((all, kind) => all + sent[kind], 0), 0)

/** How many messages got an apology. */
export const apologiesOf = (tallies: readonly Tally[]): number =>
  tallies.reduce((sum, { apologies }) => sum + apologies, 0)

/** Lets users join one after another. */
export async function join(fixture: Fixture, users: readonly number[]): Promise<void> {
  await Promise.all(
    users.map(async userId => {
      await fixture.user(userId).join('habr')
      await fixture.user(userId).reply(/Согласие записано/)
    }),
  )
}
