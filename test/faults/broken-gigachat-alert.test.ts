import { expect, test } from 'vitest'
import { createTestUser } from '../support/bot.ts'
import { npmStart } from '../support/npm-start.ts'
import { isLong } from './results.ts'

/** The rule looks back five minutes, so that the end comes as long after the last failure. */
const timeout = 900_000

test.runIf(isLong)(
  'under npm start a broken GigaChat reaches the administrator; «Молчать час» silences it; its end is reported once',
  async () => {
    const start = npmStart()
    const url = await start.ready()
    const breakGigaChat = async (mode: 'status' | 'none') => {
      const body = JSON.stringify({ service: 'gigachat', mode, status: 500 })
      await fetch(`${url}/sandbox/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    }
    const admin = createTestUser(url, 1)
    await admin.join()
    const users = [502, 503, 504, 505].map(id => createTestUser(url, id))
    await Promise.all(users.map(user => user.join()))
    const aboutGigaChat = async () =>
      (await admin.messages()).filter(({ from, text }) => from === 'bot' && /GigaChat не отвечает/.test(text))

    await breakGigaChat('status')
    await Promise.all(users.map(user => user.ask('молоко и хлеб', /GigaChat сейчас не отвечает/)))

    const alert = await admin.reply(/^🔥 GigaChat не отвечает/)
    expect(alert.text).toMatch(/\nС \d\d:\d\d \(мск\), уже .+ · задело \d+\s(?:человек|человека)\n/)
    expect(alert.text).toMatch(/\nПоследняя ошибка: /)
    expect(alert.text).toContain('\nПервым делом: ')
    expect(alert.buttons.flat().map(({ text }) => text)).toEqual(['Молчать час', 'Понял', 'Что делать'])

    await admin.press(/Молчать час/)
    await expect.poll(async () => (await aboutGigaChat())[0]?.text).toMatch(/🔕 Молчу до \d\d:\d\d\.$/)

    await breakGigaChat('none')
    const [user] = users
    const isServed = async () => {
      await user?.send('молоко и хлеб')
      return (await user?.messages())?.some(({ buttons }) => buttons.flat().some(button => button.url !== undefined))
    }
    await expect.poll(isServed, { interval: 3_000 }).toBe(true)

    await expect.poll(async () => (await aboutGigaChat()).length, { timeout: 600_000, interval: 1_000 }).toBe(2)
    const over = await admin.reply(/^✅ Прошло: GigaChat не отвечает, длилось .+ – с \d\d:\d\d до \d\d:\d\d \(мск\)$/)
    expect(over.message_id).toBeGreaterThan(alert.message_id)
    expect(await aboutGigaChat()).toHaveLength(2)
  },
  timeout,
)
