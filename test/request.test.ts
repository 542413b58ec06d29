import { expect, onTestFinished, test } from 'vitest'
import { startFakeLoki } from '../src/telemetry/testing/fake-loki.ts'
import { startTestBot, type TestBot } from './support/bot.ts'

const admin = 1
const anna = 700_123_456
const hostile = 'ЗЛОЙ ТЕКСТ <b>+7 905 123-45-67</b> {{label}} `js`'

/** 402 is not repeated: the failure is there without a wait. */
const breakGigaChat = (bot: TestBot) =>
  bot.post('/sandbox/faults', { service: 'gigachat', mode: 'status', status: 402 })
const mendGigaChat = (bot: TestBot) => bot.post('/sandbox/faults', { service: 'gigachat', mode: 'none' })

/** Sends a message while GigaChat fails; resolves to the code in the apology. */
async function failedRequest(bot: TestBot, message: string): Promise<string> {
  await breakGigaChat(bot)
  const apology = await bot.user(anna).ask(message, /Код для поддержки/)
  await mendGigaChat(bot)
  return /Код для поддержки: (\w{12})/.exec(apology.text)?.[1] ?? 'no code'
}

function start(settings: Record<string, string> = {}) {
  return startTestBot({ LOG_LEVEL: 'info', ...settings })
}

test('the code of an apology leads to what happened, from the local log and the events', async () => {
  const bot = await start({ GRAFANA_URL: 'https://grafana.example.org/' })
  const operator = bot.user(admin)
  await bot.user(anna).join()

  // a request that failed, its code as it is pasted
  const code = await failedRequest(bot, `${hostile}: собери корзину, молоко`)
  const pasted = `/admin_request код ${code.slice(0, 6).toLowerCase()} ${code.slice(6)}`
  // asked again until its lines are in the local log, which is written a little later than the reply
  await expect
    .poll(async () => (await operator.ask(pasted, /Запрос/)).text, { interval: 200 })
    .toMatch(/сбой GigaChat ✗ 402[\s\S]*TG сообщение/)
  const failed = await operator.reply(/Бот не справился[\s\S]*TG сообщение/)
  expect(failed.text).toContain(code)
  expect(failed.text).toContain('❌ Бот не справился: GigaChat, 402 (UpstreamError)')
  expect(failed.text).toContain(`/admin_user ${anna}`)
  expect(failed.text).toMatch(/Ход запроса[\s\S]*сбой GigaChat ✗ 402[\s\S]*TG сообщение/)
  expect(failed.text).toMatch(/События\n• начало сессии: день 0\n• ошибка Unknown/)
  expect(failed.text).toContain('Открыть в Grafana')
  expect(failed.text).not.toMatch(/ЗЛОЙ|905|label|молоко|Не ответили|Строк лога нет/)
  await expect
    .poll(async () => (await operator.messages()).filter(m => m.photo_url !== undefined).length)
    .toBeGreaterThan(0)

  // one that was answered
  await bot.user(anna).ask('собери корзину: молоко и хлеб', /корзин/i)
  const [cart] = await bot.events(anna, 'cart_created')
  await expect
    .poll(async () => (await operator.ask(`/admin_request ${cart?.request_id}`, /Запрос/)).text, { interval: 200 })
    .toMatch(/✅ Бот ответил/)
  const answered = await operator.reply(/✅ Бот ответил/)
  expect(answered.text).toMatch(/модель 1 → поиск\n.*поиск\n.*модель 2 → корзина\n.*корзина\n.*TG сообщение/)
  expect(answered.text).toMatch(/Модель: 2\sхода, токенов \d/)
  expect(answered.text).toMatch(/корзина № 1: товаров 2, \d+\s₽/)
  expect(answered.text).not.toMatch(/молоко|хлеб|Не ответили/i)

  // unknown, unreadable, the beginning of several, and who is no admin
  for (const id of ['AAAA11111111', 'AAAA22222222'])
    await bot.sql(
      `insert into user_events (id, user_id, event_type, metadata, created_at, request_id) values (gen_random_uuid(), $1,
       'bot_error', '{"error_type": "TimeoutError", "error_message": "gigachat: no answer within 60000 ms", "had_history": false}',
       now(), $2)`,
      [anna, id],
    )
  await operator.ask('/admin_request ZZZZ00000000', /ZZZZ00000000: ничего не найдено/)
  await operator.ask('/admin_request ', /Нужен код/)
  await operator.ask('/admin_request aaaa', /С AAAA начинаются 2\sзапроса/)
  await operator.press(/GigaChat/)
  await operator.reply(/Запрос AAAA\d{8}\s[\s\S]*GigaChat \(TimeoutError\)[\s\S]*Строк лога нет/)
  await bot.user(anna).ask('/admin_request aaaa', /только администратору/)
})

test('with Loki the lines come from it, and from the disk while it is down, which is named', async () => {
  const loki = await startFakeLoki()
  onTestFinished(() => loki.kill())
  const bot = await start({ LOKI_URL: loki.url })
  const operator = bot.user(admin)
  await bot.user(anna).join()
  const code = await failedRequest(bot, 'молоко')
  const hasAll = ({ line }: { line: string }) => line.includes(code) && line.includes('update_handled')
  await loki.until(async () => (await loki.lines('test')).some(hasAll))

  const delivered = await operator.ask(`/admin_request ${code}`, /Запрос/)
  expect(delivered.text).toContain('сбой GigaChat ✗ 402')
  expect(delivered.text).not.toContain('Не ответили')

  loki.failure = { status: 404 } // not repeated
  const later = await failedRequest(bot, 'и хлеб')
  const askAgain = async () => (await operator.ask(`/admin_request ${later}`, new RegExp(`Запрос ${later}`))).text
  await expect.poll(askAgain, { interval: 200 }).toMatch(/сбой GigaChat ✗ 402[\s\S]*⚠️ Не ответили: Loki/)
})
