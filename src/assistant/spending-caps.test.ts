import { expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../test/support/metrics.ts'
import { silentLog } from '../telemetry/log.ts'
import { type CapSettings, createSpendingCaps } from './spending-caps.ts'
import { breakfast, setup } from './testing/assistant-setup.ts'
import { createFakeUsers, question } from './testing/fakes.ts'
import { assistantTexts } from './texts.ts'

interface Stored {
  userRub: number
  dayRub: number
}

const noCaps: CapSettings = { soft: {}, hard: { userRub: 1_000_000 } }

function setupCaps(caps: CapSettings, stored: () => Stored | null, start = '2026-11-22T09:00:00Z') {
  const clock = { now: new Date(start) }
  const register = createTestRegistry()
  const spentOnDay = async () => {
    const found = stored()
    if (found === null) throw new Error('no database')
    return found
  }
  const readings = { ...createFakeUsers().readings(), spentOnDay }
  const made = createSpendingCaps({
    ...{ users: { readings: () => readings }, caps, timeZone: 'Europe/Moscow', log: silentLog, register },
    now: () => clock.now,
  })
  const spend = (userId: number, costRub: number) => made.spend(userId, costRub, clock.now)
  return {
    ...made,
    permit: (userId: number) => made.permit(userId, readings),
    spend,
    rawSpend: made.spend,
    clock,
    register,
    state: () => metricValue(register, 'bot_llm_cap_state'),
  }
}

const history = [
  { role: 'user' as const, content: 'молоко' },
  { role: 'assistant' as const, content: 'Вот молоко' },
]

test.each([
  ['of the user', { spentRub: 50 }, 'ваш дневной запас', 'user_hard'],
  ['of the day', { daySpentRub: 200 }, 'на всех', 'day_hard'],
])(
  'above the hard cap %s a message is refused with when to come back, without a model call and without harm to the dialogue',
  async (_, users, words, cap) => {
    const caps = { soft: {}, hard: { userRub: 50, dayRub: 200 } }
    const { assistant, requests, usage, dialogue, register } = setup({ history, users, caps })

    const answer = await assistant.answer(question('хлеб'))

    expect(answer).toMatchObject({ text: expect.stringContaining(words), cart: null, error: null })
    expect(answer.text).toContain('Напишите завтра (через 12 ч)')
    expect([requests, usage, dialogue.stored()]).toEqual([[], [], history])
    expect(await metricValue(register, 'bot_llm_capped_messages_total', { cap })).toBe(1)
  },
)

test.each([
  ['2026-11-22T20:59:30Z', 'через 1 мин'],
  ['2026-11-22T20:00:01Z', 'через 1 ч'],
  ['2026-11-22T20:00:59Z', 'через 1 ч'],
  ['2026-11-22T20:01:00Z', 'через 59 мин'],
  ['2026-11-22T21:00:00Z', 'через 24 ч'],
])('at %s the model may be asked again %s', async (start, words) => {
  const { permit } = setupCaps({ soft: {}, hard: { userRub: 1 } }, () => ({ userRub: 1, dayRub: 1 }), start)

  const permission = await permit(7)

  if (permission.answer !== 'refused') throw new Error('the cap is reached')
  const leftMs = permission.until.getTime() - Date.parse(start)
  expect(assistantTexts.capReached(permission.cap, leftMs)).toContain(words)
})

test('below every cap the message is answered in full', async () => {
  const { assistant, requests, register } = setup({ users: { spentRub: 49.99 } })

  expect(await assistant.answer(question('хлеб'))).toMatchObject({ text: 'Здравствуйте!' })
  expect(requests[0]).not.toHaveProperty('isCheaper')
  expect(await metricValue(register, 'bot_llm_capped_messages_total', { cap: 'user_soft' })).toBe(0)
})

test.each([
  ['of the day', { dayRub: 100 }, { daySpentRub: 100 }, 'day_soft'],
  ['of the user', { userRub: 10 }, { spentRub: 10 }, 'user_soft'],
] as const)(
  'above the soft cap %s every call of a message goes to the cheaper model, with its whole dialogue',
  async (_, soft, users, cap) => {
    const { assistant, requests, usageCalls, register } = setup({
      ...{ script: breakfast, history, users, caps: { ...noCaps, soft }, hasCheaperModel: true },
    })

    const answer = await assistant.answer(question('собери завтрак: молоко и хлеб'))

    expect(answer.cart).not.toBeNull()
    expect(requests.map(({ isCheaper }) => isCheaper)).toEqual(requests.map(() => true))
    expect(usageCalls.map(call => call.cap)).toEqual(requests.map(() => cap))
    expect(requests[0]?.messages).toEqual(expect.arrayContaining(history))
    expect(await metricValue(register, 'bot_llm_capped_messages_total', { cap })).toBe(1)
  },
)

test('a cap that is reached while a cart is being made changes nothing of that message', async () => {
  const caps = { soft: { dayRub: 1 }, hard: { userRub: 2, dayRub: 2 } }
  const { assistant, requests } = setup({ script: breakfast, caps, costRub: 5, hasCheaperModel: true })

  const answer = await assistant.answer(question('собери завтрак: молоко и хлеб'))

  expect(answer.cart).not.toBeNull()
  expect(requests.some(({ isCheaper }) => isCheaper === true)).toBe(false)
  expect((await assistant.answer(question('ещё сыр'))).text).toContain('Напишите завтра')
})

test('without a cheaper model the dialogue that is sent is shorter, and stored whole', async () => {
  const long = Array.from({ length: 20 }, () => history).flat()
  const { assistant, requests, dialogue } = setup({
    ...{ history: long, users: { daySpentRub: 100 }, caps: { ...noCaps, soft: { dayRub: 100 } } },
  })

  await assistant.answer(question('хлеб'))

  expect(requests[0]?.messages).toHaveLength(1 + 12 + 1)
  expect(dialogue.stored()).toHaveLength(long.length + 2)
})

test('without PostgreSQL the costs of this process count, for the user and for all', async () => {
  const { assistant, requests } = setup({ users: { spentRub: null }, costRub: 30 })

  const texts = []
  for (let i = 0; i < 3; i += 1) texts.push((await assistant.answer(question('хлеб'))).text)

  expect(texts).toEqual(['Здравствуйте!', 'Здравствуйте!', expect.stringContaining('Напишите завтра')])
  expect(requests).toHaveLength(2)

  const { permit, spend } = setupCaps({ soft: {}, hard: { userRub: 50, dayRub: 60 } }, () => null)
  spend(7, 30)
  spend(8, 30)
  expect(await permit(9)).toMatchObject({ answer: 'refused', cap: 'day_hard' })
})

test('costs that wait on disk are added to what was stored, and not twice once they are stored', async () => {
  let userRub = 40
  const { permit, spend } = setupCaps({ soft: {}, hard: { userRub: 50 } }, () => ({ userRub, dayRub: 0 }))
  const allows = async (userId: number) => (await permit(userId)).answer === 'full'

  expect(await allows(8)).toBe(true)
  expect(await allows(7)).toBe(true)
  spend(7, 9.999999)
  userRub = 49.999999
  expect(await allows(7)).toBe(true)
  spend(7, 0.000001)
  expect(await allows(7)).toBe(false)
})

test('what another replica or an earlier process spent counts as soon as it is stored', async () => {
  const stored = { userRub: 0, dayRub: 0 }
  const caps = { soft: { dayRub: 100 }, hard: { userRub: 50, dayRub: 200 } }
  const { permit, refresh, state } = setupCaps(caps, () => stored)

  expect([(await permit(7)).cap, await state()]).toEqual([null, 0])
  stored.dayRub = 100
  expect([(await permit(7)).cap, await state()]).toEqual(['day_soft', 1])
  stored.dayRub = 250
  await refresh()
  expect(await state()).toBe(2)
  expect((await permit(7)).cap).toBe('day_hard')
})

test('a new day of the time zone begins at 0, and a message from before midnight counts on its own day', async () => {
  const { permit, spend, rawSpend, clock, state } = setupCaps(
    { soft: { dayRub: 10 }, hard: { userRub: 50 } },
    () => null,
    '2026-11-22T20:59:59Z',
  )
  const before = clock.now
  spend(7, 60)

  expect([(await permit(7)).answer, await state()]).toEqual(['refused', 1])
  clock.now = new Date('2026-11-22T21:00:00Z')
  expect([(await permit(7)).answer, await state()]).toEqual(['full', 0])

  // it began before midnight and ended after it
  rawSpend(7, 60, before)
  expect([(await permit(7)).answer, await state()]).toEqual(['full', 0])
})
