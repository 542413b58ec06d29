import { expect, test } from 'vitest'
import { startTestBot } from './support/bot.ts'

test.each([
  ['habr', 'habr'],
  ['vc', 'vc'],
  ['telegram', 'telegram'],
  ['', 'organic'],
  ['HABR', 'organic'],
  ['ref_', 'organic'],
  ['ref_201', 'organic'], // oneself
  ['ref_999999', 'organic'],
  ['ref_abcdefgh', 'organic'],
  ['ref_99999999999999999999999', 'organic'],
  ['ref_-5', 'organic'],
  ["ref_1'; drop table users; --", 'organic'],
])('/start %s comes from %s', async (payload, source) => {
  const bot = await startTestBot()
  const anna = bot.user(201)

  await anna.ask(`/start ${payload}`.trim(), /Согласие на обработку данных/)

  expect((await bot.events(201)).map(e => e.metadata)).toEqual([{ source, referrer_id: null, is_new_user: true }])
})

test('two concurrent /start make one new user', async () => {
  const bot = await startTestBot()
  const anna = bot.user(201)

  await Promise.all([anna.send('/start habr'), anna.send('/start vc')])

  await expect.poll(() => bot.events(201), { interval: 25 }).toHaveLength(2)
  expect((await bot.events(201)).filter(e => e.metadata.is_new_user)).toHaveLength(1)
})

test('an update delivered twice is answered once and counted once', async () => {
  const bot = await startTestBot()
  const anna = bot.user(201)
  await anna.join()
  const update = {
    update_id: 2_000_000_000,
    message: {
      message_id: 9001,
      date: Math.floor(Date.now() / 1000),
      chat: { id: 201, type: 'private', first_name: 'Анна' },
      from: { id: 201, is_bot: false, first_name: 'Анна' },
      text: 'собери корзину: молоко',
    },
  }

  await bot.post('/sandbox/updates', update)
  await anna.reply(/Итого/)
  await bot.post('/sandbox/updates', update)
  await anna.ask('/help', /\/survey/)

  expect((await anna.messages()).filter(m => m.text.includes('Итого'))).toHaveLength(1)
  expect(await bot.events(201, 'cart_created')).toHaveLength(1)
  expect(await bot.sql('select messages from daily_stats')).toEqual([{ messages: 1 }])
})

test('a message of 5000 characters is answered without a failure', async () => {
  const bot = await startTestBot()
  const anna = bot.user(201)
  await anna.join()

  const id = await anna.send('молоко '.repeat(715))
  await anna.reply(/./, id)

  expect(await bot.events(201, 'bot_error')).toEqual([])
})

test.each([
  ['a sticker', { sticker: true }],
  ['a photo', { photo: true }],
  ['a voice message', { voice: true }],
])('%s gets a friendly hint and starts a session', async (_name, message) => {
  const bot = await startTestBot()
  const anna = bot.user(201)
  await anna.join()

  await anna.reply(/только текст|Голосовые пока не понимаю/, await anna.send(message))

  expect(await bot.events(201, 'bot_error')).toEqual([])
})

test('an edited message is not answered again', async () => {
  const bot = await startTestBot()
  const anna = bot.user(201)
  await anna.join()
  const id = await anna.send('собери корзину: молоко')
  await anna.reply(/Итого/, id)

  await anna.send({ edit_of: id, text: 'собери корзину: хлеб' })
  await anna.ask('/me', /Номер аккаунта/)

  expect(await bot.events(201, 'cart_created')).toHaveLength(1)
})

test('in a group the bot points to the private chat and writes nothing down', async () => {
  const bot = await startTestBot()
  const anna = bot.user(201)

  await anna.send({ text: '/start habr', chat: 'group' })
  await anna.send({ text: 'собери корзину: молоко', chat: 'group' })
  await anna.ask('/start', /Согласие/)

  expect((await bot.events(201)).map(e => e.event_type)).toEqual(['bot_start'])
})

test('a failing model ends in an apology with a request id and one bot_error', async () => {
  const bot = await startTestBot()
  const anna = bot.user(201)
  await anna.join()
  await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'status', status: 400 })

  const apology = await anna.ask('собери корзину: молоко', /Код для поддержки/)

  const errors = await bot.events(201, 'bot_error')
  expect(errors.map(e => e.metadata)).toEqual([
    { error_type: 'Unknown', error_message: expect.stringContaining('gigachat'), had_history: false },
  ])
  expect(apology.text).toContain(errors[0]?.request_id)
})

test('/delete_me removes the user everywhere after two questions', async () => {
  const bot = await startTestBot()
  const anna = bot.user(201)
  await anna.join()
  await anna.ask('собери корзину: молоко', /Итого/)

  await anna.ask('/delete_me', /Удалить все ваши данные/)
  await anna.press(/Да, удалить/)
  await anna.reply(/точно удалить/)
  await anna.press(/Точно удалить/)
  await anna.reply(/Ваши данные удалены/)

  expect(await bot.events(201)).toEqual([])
  expect(await bot.sql('select * from users')).toEqual([])
  await anna.join()
  expect((await anna.ask('/me', /Номер аккаунта/)).text).toContain('использовано 0 из 4')
})

test('only an admin gets an answer to /admin_, and the text never reaches the model', async () => {
  const bot = await startTestBot()
  const anna = bot.user(201)
  await anna.join()

  await anna.reply(/./, await anna.send('/admin_analytics week'))

  expect(await bot.events(201, 'session_start')).toEqual([])
  expect(await bot.sql('select coalesce(sum(llm_calls), 0)::int as calls from daily_stats')).toEqual([{ calls: 0 }])
})
