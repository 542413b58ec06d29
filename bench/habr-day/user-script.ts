import type { HabrChat, UserAction } from './chat.ts'
import { outcomeOf } from './outcome.ts'
import { wording } from './wording.ts'

export interface ScriptSettings {
  random: () => number
  /** Resolves early when the day is over. */
  pause: (ms: number) => Promise<void>
  /** The longest pause between two messages of a user, ms. */
  thinkMs: number
}

/** What users come with after the greeting, and how many of a hundred do. */
const habits = [
  ['ask', 35],
  ['ask in three messages', 25],
  ['stop', 10],
  ['rate', 15],
  ['ask and look around', 8],
  ['make it cheaper', 7],
] as const
type Habit = (typeof habits)[number][0]

/** Goods of the fake shop, and how a cart names them. */
const goods = [
  ['молоко', /молок/i],
  ['хлеб', /хлеб|батон/i],
  ['сыр', /сыр/i],
  ['кефир', /кефир/i],
  ['яблоки', /яблок/i],
  ['бананы', /банан/i],
  ['яйца', /яйц/i],
  ['творог', /творо/i],
  ['сметана', /сметан/i],
] as const

/** A reader of the article: comes by its link, agrees, shops, and does one thing more. Resolves when all is answered, or the day is over. */
export async function liveThrough(chat: HabrChat, settings: ScriptSettings): Promise<void> {
  const { random, pause, thinkMs } = settings
  const think = () => pause(thinkMs * (0.2 + 0.8 * random()))

  chat.send('command', '/start habr', /Согласие на обработку данных|Привет/)
  await chat.until(() => button(chat, /Согласен/))
  await think()
  const agreed = chat.press(/Согласен/, wording.consentGiven)
  if (agreed === undefined) return
  await chat.until(() => chat.shown().find(({ text }) => wording.consentGiven.test(text)))
  await think()
  await shop(chat, habitOf(random()), settings)
  if (chat.shown().some(({ text }) => wording.refused.test(text))) await comeAgain(chat, settings)
}

async function shop(chat: HabrChat, habit: Habit, { random, pause, thinkMs }: ScriptSettings): Promise<void> {
  const wishes = shuffled(goods, random)
  const [first, second, third] = [wishes[0] ?? goods[0], wishes[1] ?? goods[1], wishes[2] ?? goods[2]]
  const request = chat.send('request', `собери корзину: ${first[0]}`, first[1])
  switch (habit) {
    case 'ask':
      return void (await answered(chat, request))
    case 'ask in three messages': {
      await pause(thinkMs * 0.3 * random())
      const more = chat.send('more', `и ещё ${second[0]}`, second[1])
      await pause(thinkMs * 0.3 * random())
      const last = chat.send('more', `и ${third[0]}`, third[1])
      for (const one of [request, more, last]) await answered(chat, one)
      return
    }
    case 'stop': {
      await chat.until(() => (request.seenAt === null ? undefined : true))
      await pause(thinkMs * random())
      const stop = (random() < 0.5 ? chat.pressStop() : undefined) ?? chat.send('stop', 'Стоп', null)
      await answered(chat, stop)
      return void (await answered(chat, request))
    }
    case 'rate': {
      if ((await answered(chat, request)) !== 'answered') return
      await pause(thinkMs * random())
      if (random() < 0.7) return void (await pressed(chat, /^👍$/u))
      if (!(await pressed(chat, /^👎$/u))) return
      await chat.until(() => button(chat, /^Дорого$/))
      return void (await pressed(chat, /^Дорого$/))
    }
    case 'ask and look around': {
      const help = chat.send('command', '/help', /Как это работает/)
      const me = chat.send('command', '/me', /Что я о вас знаю/)
      for (const one of [request, help, me]) await answered(chat, one)
      return
    }
    case 'make it cheaper': {
      if ((await answered(chat, request)) !== 'answered') return
      await pause(thinkMs * random())
      const cheaper = chat.press(/^Дешевле$/, wording.cart, 'request by button')
      if (cheaper !== undefined) await answered(chat, cheaper)
    }
  }
}

/** Refused for the length of the queue: most ask for the reminder, and write again when it comes. */
async function comeAgain(chat: HabrChat, { random, pause, thinkMs }: ScriptSettings): Promise<void> {
  if (random() < 0.3) return
  const asked = chat.press(wording.remind, null)
  if (asked === undefined) return
  const reminder = await chat.until(() => chat.shown(asked.after).find(({ text }) => wording.reminder.test(text)))
  if (reminder === undefined) return
  await pause(thinkMs * random())
  const request = chat.send('request', 'собери корзину: молоко', /молок/i)
  await answered(chat, request)
}

const answered = (chat: HabrChat, sent: UserAction) => chat.until(() => outcomeOf(chat, sent)?.outcome)

/** Presses a button and waits until the bot has done something about it. False when there is none: a cart that is shown again without PostgreSQL cannot be rated. */
async function pressed(chat: HabrChat, label: RegExp): Promise<boolean> {
  const press = chat.press(label, null)
  if (press !== undefined) await answered(chat, press)
  return press !== undefined
}

const button = (chat: HabrChat, label: RegExp) =>
  chat
    .shown()
    .flatMap(({ buttons }) => buttons)
    .find(({ text }) => label.test(text))

function habitOf(share: number): Habit {
  let rest = share * 100
  for (const [habit, percent] of habits) {
    rest -= percent
    if (rest < 0) return habit
  }
  return habits[0][0]
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  return all
    .map(value => ({ value, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value)
}
