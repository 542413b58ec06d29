import { expect, test } from 'vitest'
import { startTestBot } from './support/bot.ts'
import { keepChatPicture } from './support/pictures.ts'

const minuteMs = 60_000

test('a broken GigaChat reaches the administrator without an Alertmanager; «Молчать час» silences it; its end is reported once', async () => {
  // the rule looks back five minutes: the end needs no waiting for that
  const clock = { aheadMs: 0 }
  const bot = await startTestBot({}, { now: () => new Date(Date.now() + clock.aheadMs) })
  const admin = bot.user(1)
  await admin.join()
  const users = [502, 503, 504, 505].map(bot.user)
  await Promise.all(users.map(user => user.join()))
  const aboutGigaChat = async () =>
    (await admin.messages()).filter(({ from, text }) => from === 'bot' && /GigaChat не отвечает/.test(text))

  await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'status', status: 500 })
  await Promise.all(users.map(user => user.ask('молоко и хлеб', /GigaChat сейчас не отвечает/)))

  const alert = await admin.reply(/^🔥 GigaChat не отвечает/)
  expect(alert.text).toMatch(/\nС (?:\d+\s[а-я]+\s)?\d\d:\d\d \(мск\), уже .+ · задело \d+\s(?:человек|человека)\n/)
  expect(alert.text).toMatch(/\nПоследняя ошибка: /)
  expect(alert.text).toContain('\nПервым делом: ')
  expect(alert.buttons.flat().map(({ text }) => text)).toEqual(['Молчать час', 'Понял', 'Что делать'])
  await keepChatPicture(bot.url, admin.userId, 'alert', 'Первым делом')

  await admin.press(/Молчать час/)
  await expect.poll(async () => (await aboutGigaChat())[0]?.text).toMatch(/🔕 Молчу до (?:\d+\s[а-я]+\s)?\d\d:\d\d\.$/)
  await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'none' })
  clock.aheadMs += 6 * minuteMs

  const over = await admin.reply(
    /^✅ Прошло: GigaChat не отвечает, длилось .+ – с (?:\d+\s[а-я]+\s)?\d\d:\d\d до (?:\d+\s[а-я]+\s)?\d\d:\d\d \(мск\)$/,
  )
  expect(over.message_id).toBeGreaterThan(alert.message_id)
  await keepChatPicture(bot.url, admin.userId, 'alert-over', 'Прошло')
  expect(await aboutGigaChat()).toHaveLength(2)
})
