import { expect, onTestFinished, test } from 'vitest'
import { startFakeLoki } from '../src/telemetry/testing/fake-loki.ts'
import { startTestBot } from './support/bot.ts'

const anna = 700_123_456
const boris = 700_654_321

test('lines name users by the pseudonym that /admin_user shows, and an erasure cuts the link', async () => {
  const loki = await startFakeLoki()
  onTestFinished(() => loki.kill())
  const bot = await startTestBot({ LOKI_URL: loki.url, LOG_LEVEL: 'debug' })
  for (const id of [anna, boris]) {
    await bot.user(id).join('habr')
    await bot.user(id).ask('молоко и хлеб в корзину', /корзин/i)
  }
  const lines = async () => (await loki.lines('test')).map(({ line }) => line)
  const of = async (event: string) =>
    (await lines()).map(line => JSON.parse(line)).filter(line => line.event === event && line.user_id !== undefined)
  await expect.poll(async () => (await of('business_event')).length).toBeGreaterThanOrEqual(8)
  const stored = async (id: number) =>
    (await bot.sql<{ pseudonym: string }>('select pseudonym from log_pseudonyms where user_id = $1', [id]))[0]
      ?.pseudonym

  const admin = bot.user(1)
  await admin.join()
  const shown = (await admin.ask(`/admin_user ${anna}`, /В логах/)).text

  const name = (await stored(anna)) ?? ''
  expect(name).toMatch(/^[0-9a-z]{16}$/)
  expect(shown).toContain(name)
  const both = expect.arrayContaining([name, await stored(boris)])
  for (const event of ['business_event', 'message_recorded', 'llm_usage', 'tool_call', 'update_handled'])
    await expect.poll(async () => (await of(event)).map(line => line.user_id), { message: event }).toEqual(both)

  await bot.user(anna).ask('/delete_me', /Удалить все ваши данные/)
  await bot.user(anna).press(/Да, удалить/)
  await bot.user(anna).reply(/точно удалить/)
  await bot.user(anna).press(/Точно удалить/)
  await bot.user(anna).reply(/Ваши данные удалены/)
  expect(await stored(anna)).toBeUndefined()
  expect(await stored(boris)).toBeDefined()

  await bot.user(anna).join()
  await expect.poll(() => stored(anna)).toMatch(/^[0-9a-z]{16}$/)
  expect(await stored(anna)).not.toBe(name)
  await bot.stop()
  expect((await lines()).filter(line => line.includes(`${anna}`) || line.includes(`${boris}`))).toEqual([])
})
