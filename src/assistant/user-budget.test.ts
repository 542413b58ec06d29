import { expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../test/support/metrics.ts'
import { silentLog } from '../telemetry/log.ts'
import { setup } from './testing/assistant-setup.ts'
import { question } from './testing/fakes.ts'
import { createUserBudget } from './user-budget.ts'

function budget(stored: () => number | null, start = '2026-11-22T09:00:00Z') {
  const clock = { now: new Date(start) }
  const register = createTestRegistry()
  const spentOnDay = async () => {
    const rub = stored()
    if (rub === null) throw new Error('no database')
    return rub
  }
  const deps = { users: { spentOnDay }, limitRub: 50, timeZone: 'Europe/Moscow', log: silentLog, register }
  return { ...createUserBudget({ ...deps, now: () => clock.now }), clock, register }
}

test('a user whose day has cost the limit is refused politely, without a model call and without harm to the dialogue', async () => {
  const history = [
    { role: 'user' as const, content: 'молоко' },
    { role: 'assistant' as const, content: 'Вот молоко' },
  ]
  const { assistant, requests, usage, dialogue, register } = setup({ history, users: { spentRub: 50 } })

  const answer = await assistant.answer(question('хлеб'))

  expect(answer).toMatchObject({ text: expect.stringContaining('Напишите завтра'), cart: null, error: null })
  expect([requests, usage, dialogue.stored()]).toEqual([[], [], history])
  expect(await metricValue(register, 'bot_llm_user_budget_refusals_total')).toBe(1)
})

test('below the limit the message is answered', async () => {
  const { assistant } = setup({ users: { spentRub: 49.99 } })

  expect(await assistant.answer(question('хлеб'))).toMatchObject({ text: 'Здравствуйте!' })
})

test('without PostgreSQL the costs of this process count', async () => {
  const { assistant, requests } = setup({ users: { spentRub: null }, costRub: 30 })

  const texts = []
  for (let i = 0; i < 3; i += 1) texts.push((await assistant.answer(question('хлеб'))).text)

  expect(texts).toEqual(['Здравствуйте!', 'Здравствуйте!', expect.stringContaining('Напишите завтра')])
  expect(requests).toHaveLength(2)
})

test('costs that wait on disk are added to what was stored, and not twice once they are stored', async () => {
  let stored = 40
  const { allows, spend } = budget(() => stored)

  expect(await allows(8)).toBe(true)
  expect(await allows(7)).toBe(true)
  spend(7, 9.999999)
  stored = 49.999999
  expect(await allows(7)).toBe(true)
  spend(7, 0.000001)
  expect(await allows(7)).toBe(false)
})

test('a new day of the time zone begins at 0', async () => {
  const { allows, spend, clock } = budget(() => null, '2026-11-22T20:59:59Z')
  spend(7, 60)

  expect(await allows(7)).toBe(false)
  clock.now = new Date('2026-11-22T21:00:00Z')
  expect(await allows(7)).toBe(true)
})
