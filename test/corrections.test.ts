import { expect, test } from 'vitest'
import { createAnalytics } from '../src/analytics/analytics.ts'
import { sleep } from '../src/process/sleep.ts'
import { startTestBot } from './support/bot.ts'

const cartAnswer = /Итого ≈ [\d\s]+(,\d\d)?\s₽/
const timeZone = 'Europe/Moscow'
/** The longest the settings allow: no other wait of a conversation is as long, and none is sat out. */
const togetherMs = 10_000

/** A bot whose wait for further messages ends when the test says so. */
async function startWaitingBot() {
  let open: () => void = () => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  const bot = await startTestBot(
    { MESSAGES_TOGETHER_MS: String(togetherMs) },
    { sleep: (ms, signal) => (ms > togetherMs / 2 ? opened : sleep(ms, signal)) },
  )
  const counted = (userId: number, messages: number) =>
    expect
      .poll(() => bot.sql('select messages_in_session from users where user_id = $1', [userId]))
      .toEqual([{ messages_in_session: messages }])
  return { ...bot, open, counted }
}

test('four messages in a row are one answer with one cart, in their order, and four messages', async () => {
  const bot = await startWaitingBot()
  const zoya = bot.user(107)
  await zoya.join()

  for (const text of ['собери корзину: молоко', 'хлеб', 'и сыр', 'бананы']) await zoya.send(text)
  await bot.counted(107, 4)
  bot.open()
  const answer = await zoya.reply(cartAnswer)

  expect(answer.text).toMatch(/Молоко.*\nХлеб.*\nСыр.*\nБанан/)
  const carts = (await bot.events(107, 'cart_created')).map(({ metadata }) => metadata)
  expect(carts).toMatchObject([{ cart_number: 1, revision: 0, messages_in_session: 4 }])
  expect((await zoya.messages()).filter(m => cartAnswer.test(m.text))).toHaveLength(1)
  const answered = 'select recent_messages <@ done_messages as answered from users where user_id = 107'
  await expect.poll(() => bot.sql(answered)).toEqual([{ answered: true }])
})

test('who changes their mind before the link is made gets one cart, of the new wish', async () => {
  const bot = await startWaitingBot()
  const ilya = bot.user(108)
  await ilya.join()

  await ilya.send('продукты для карбонары на двоих')
  await expect.poll(async () => (await bot.events(108, 'product_search')).length).toBeGreaterThan(0)
  await ilya.send('ой нет, лучше болоньезе')
  await bot.counted(108, 2)
  bot.open()
  const answer = await ilya.reply(cartAnswer)

  expect(answer.text).toMatch(/[Фф]арш/)
  expect((await bot.events(108, 'cart_created')).map(({ metadata }) => metadata)).toMatchObject([
    { cart_number: 1, revision: 0 },
  ])
  expect(await bot.sql('select carts_created from users where user_id = 108')).toEqual([{ carts_created: 1 }])
})

test('who changes their mind three times gets one cart in four versions', async () => {
  const bot = await startTestBot({ CART_LIMIT: '1' })
  const vera = bot.user(109)
  await vera.join()

  await vera.ask('собери корзину: молоко, хлеб, сыр', cartAnswer)
  const added = await vera.ask('добавь масло', /Изменилось/)
  const removed = await vera.ask('убери сыр', /Изменилось: −/)
  const swapped = await vera.ask('замени хлеб на кефир', /Изменилось: − Хлеб/)

  expect(added.text).toMatch(/Изменилось: \+ Масло/)
  expect(removed.text).toMatch(/Изменилось: − Сыр/)
  expect(swapped.text).toMatch(/Изменилось: − Хлеб[^+]*, \+ Кефир/)
  const carts = (await bot.events(109, 'cart_created')).map(({ metadata }) => metadata)
  expect(carts).toMatchObject([0, 1, 2, 3].map(revision => ({ cart_number: 1, revision })))
  expect(await bot.events(109, 'cart_limit_reached')).toEqual([])
  expect(await bot.sql('select carts_created, cart_limit from users where user_id = 109')).toEqual([
    { carts_created: 1, cart_limit: 1 },
  ])
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
  const [yesterday, today] = [day.format(Date.now() - 86_400_000), day.format(new Date())]
  const analytics = createAnalytics({ db: bot.db, timeZone, now: () => new Date() })
  expect(await analytics.summary({ from: yesterday, to: today })).toMatchObject({
    carts: 1,
    gmv: carts[3]?.total_sum,
    avg_cart: carts[3]?.total_sum,
  })
})

test('a request that would change nothing shows the cart there is, and makes no link', async () => {
  const bot = await startTestBot()
  const oleg = bot.user(110)
  await oleg.join()
  const first = await oleg.ask('собери корзину: молоко, хлеб', cartAnswer)

  const again = await oleg.ask('убери сыр', /Ничего не изменилось/)

  const link = (message: typeof first) => message.buttons.flat().find(({ url }) => url)?.url
  expect(link(again)).toBe(link(first))
  expect(await bot.events(110, 'cart_created')).toHaveLength(1)
})
