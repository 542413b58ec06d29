import { expect, test } from 'vitest'
import { startTestBot } from './support/bot.ts'

const cartAnswer = /Итого ≈ [\d\s]+(,\d\d)?\s₽/

test('a breakfast list becomes a cart, and its events are in the database', async () => {
  const bot = await startTestBot()
  const anna = bot.user(101)
  await anna.join('habr')

  const answer = await anna.ask('собери завтрак: молоко, хлеб, сыр', cartAnswer)

  expect(answer.text).toMatch(/^Молоко.* — \d+\s₽\nХлеб.*\nСыр/m)
  expect(answer.buttons.map(row => row.map(button => button.text))).toEqual([
    ['Открыть корзину'],
    ['Дешевле', 'Изменить', 'Повторить'],
    ['👍', '👎'],
  ])
  expect(answer.buttons[0]?.[0]?.url).toMatch(/^https:\/\/vkusvill\.ru\/\?share_basket=\d+$/)
  const events = await bot.events(101)
  expect(events.map(e => e.event_type)).toEqual([
    'bot_start',
    'session_start',
    'product_search',
    'product_search',
    'product_search',
    'cart_created',
  ])
  expect(events.find(e => e.event_type === 'cart_created')?.metadata).toMatchObject({
    cart_number: 1,
    items_count: 3,
    scenario: 'search',
    messages_in_session: 1,
    affiliate_tag: null,
  })
  expect(new Set(events.slice(1).map(e => e.request_id)).size).toBe(1)
  const [day] = await bot.sql<{ messages: number; tokens_used: number }>(
    'select messages, tokens_used from daily_stats',
  )
  expect(day?.messages).toBe(1)
  expect(Number(day?.tokens_used)).toBeGreaterThan(0)
})

test('a dish for four is bought by its recipe', async () => {
  const bot = await startTestBot()
  const boris = bot.user(102)
  await boris.join()

  const answer = await boris.ask('хочу приготовить борщ на четверых', cartAnswer)

  expect(answer.text).toMatch(/Свёкла|Свекла/)
  const [cart] = await bot.events(102, 'cart_created')
  expect(cart?.metadata).toMatchObject({ scenario: 'recipe' })
  expect((await bot.events(102, 'product_search')).length).toBeGreaterThan(4)
})

test('a budget is respected and makes the scenario', async () => {
  const bot = await startTestBot()
  const vera = bot.user(103)
  await vera.join()

  const answer = await vera.ask('собери перекус до 500 рублей', cartAnswer)

  expect(answer.text).toContain('В бюджет 500')
  const [cart] = await bot.events(103, 'cart_created')
  expect(cart?.metadata.scenario).toBe('budget')
  expect(Number(cart?.metadata.total_sum)).toBeLessThanOrEqual(500)
})

test('after five carts the limit is reached, and the survey raises it', async () => {
  const bot = await startTestBot()
  const gleb = bot.user(104)
  await gleb.join()
  for (const food of ['молоко', 'хлеб', 'сыр', 'кефир', 'бананы']) await gleb.ask(`собери корзину: ${food}`, cartAnswer)

  const refused = await gleb.ask(
    'собери корзину: яблоки',
    /Бесплатные корзины закончились \(5 из 5\)\. Три вопроса — и ещё 5/,
  )
  await gleb.press(/Пройти опрос/)
  await gleb.press(/Очень расстроюсь/)
  await gleb.reply(/2\/3/)
  await gleb.press(/Готовая корзина/)
  await gleb.reply(/3\/3/)
  await gleb.ask('больше рецептов, мой телефон +7 916 123-45-67', /Осталось корзин: 5/)
  const sixth = await gleb.ask('собери корзину: яблоки', cartAnswer)

  expect(refused.buttons.flat().map(b => b.text)).toContain('Пройти опрос')
  expect(sixth.text).toContain('Осталось корзин: 4')
  expect((await bot.events(104, 'cart_limit_reached')).map(e => e.metadata)).toEqual([
    { carts_used: 5, cart_limit: 5, days_since_registration: 0, tier: 1 },
  ])
  const [survey] = await bot.events(104, 'survey_completed')
  expect(survey?.metadata).toMatchObject({ pmf: 'very', useful_feature: 'cart', carts_before_survey: 5 })
  expect(survey?.metadata.feedback).toMatch(/^больше рецептов/)
  expect(survey?.metadata.feedback).not.toContain('916')
})

test('an invitation pays after the first cart of the friend, and only once', async () => {
  const bot = await startTestBot()
  const dina = bot.user(105)
  const egor = bot.user(106)
  await dina.join()
  const invitation = await dina.ask('/invite', /Ваша ссылка/)
  const code = /start=(ref_\w+)/.exec(invitation.text)?.[1] ?? ''
  await egor.join(code)

  await egor.ask('собери корзину: молоко', cartAnswer)
  await dina.reply(/Ваш друг собрал первую корзину/)
  await egor.ask('собери корзину: хлеб', cartAnswer)

  expect((await dina.ask('/me', /Корзины: использовано/)).text).toContain('использовано 0 из 8')
  expect((await bot.events(106, 'bot_start'))[0]?.metadata).toEqual({
    source: 'referral',
    referrer_id: 105,
    is_new_user: true,
  })
})

test('without consent nothing reaches the model; given, the waiting request is answered', async () => {
  const bot = await startTestBot()
  const ivan = bot.user(108)

  await ivan.ask('собери корзину: молоко', /Согласие на обработку данных/)
  const before = await bot.sql('select coalesce(sum(llm_calls), 0)::int as calls from daily_stats')
  await ivan.press(/Согласен/)
  await ivan.reply(cartAnswer)

  expect(before).toEqual([{ calls: 0 }])
})

test('a rating is stored beside its cart, once, and goes with the user', async () => {
  const bot = await startTestBot()
  const lena = bot.user(109)
  await lena.join()
  await lena.ask('собери корзину: молоко', cartAnswer)
  const rows = () => bot.sql('select cart_number, rating, reason, request_id from cart_ratings where user_id = 109')
  const [made] = await bot.events(109, 'cart_created')

  await lena.press(/👎/)
  await lena.press(/Дорого/)
  await expect
    .poll(rows)
    .toEqual([{ cart_number: 1, rating: 'down', reason: 'expensive', request_id: made?.request_id }])
  await lena.ask('/delete_me', /Удалить все ваши данные/)
  await lena.press(/Да, удалить/)
  await lena.press(/Точно удалить/)
  await lena.reply(/Ваши данные удалены/)

  expect(await rows()).toEqual([])
})

test('a pressed example is the first message of its user', async () => {
  const bot = await startTestBot()
  const olga = bot.user(110)
  await olga.join()

  await olga.press(/Борщ на четверых/)
  const answer = await olga.reply(cartAnswer)

  expect(answer.text).toMatch(/^Борщ на четверых\n/)
  expect((await bot.events(110, 'session_start')).length).toBe(1)
  expect((await bot.events(110, 'cart_created'))[0]?.metadata).toMatchObject({ messages_in_session: 1 })
  expect(await bot.sql('select messages from daily_stats')).toEqual([{ messages: 1 }])
})
