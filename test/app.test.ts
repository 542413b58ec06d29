import { expect, test } from 'vitest'
import { createScriptedChat } from '../src/assistant/testing/fakes.ts'
import { recordingLog } from '../src/shop/testing/recording-log.ts'
import { startTestBot } from './support/bot.ts'

test('the bot runs with the parts it is given in place of its own', async () => {
  const { chat, requests } = createScriptedChat('Отвечает модель этой проверки.')
  const { log, lines } = recordingLog()
  const now = () => new Date('2026-03-10T09:00:00Z')
  const bot = await startTestBot({}, { chat, log, now })
  const user = bot.user(701)
  await user.join()

  await user.ask('что приготовить на ужин?', /модель этой проверки/)
  await bot.stop()

  expect(requests).toHaveLength(1)
  expect(lines.map(line => line.event)).toEqual(expect.arrayContaining(['bot_started', 'llm_usage', 'bot_stopped']))
  const [usage] = await bot.sql<{ day: string }>('select day::text from all_usage where user_id = 701')
  expect(usage?.day).toBe('2026-03-10')
})
