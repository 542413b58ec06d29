import { describe, expect, test } from 'vitest'
import { consentVersion } from '../privacy/policy.ts'
import { eventually, type RunningBot, startBot } from '../testing/start-bot.ts'

const withConsent = async (): Promise<RunningBot> => {
  const bot = await startBot()
  bot.users.set(7, { consentVersion, cartsCreated: 1 })
  return bot
}

/** Goes through the survey up to the last question. */
const reachFeedback = async ({ user }: RunningBot) => {
  const anna = user(7)
  anna.say('/survey')
  await eventually(() => anna.last().includes('1/3'))
  anna.press('Очень расстроюсь')
  await eventually(() => anna.last().includes('2/3'))
  anna.press('Готовая корзина')
  await eventually(() => anna.last().includes('3/3'))
  return anna
}
const completed = ({ users }: RunningBot) =>
  users.calls.filter(({ method }) => method === 'completeSurvey').map(({ argument }) => argument)

describe('the last question', () => {
  test('takes the next message, masked, as feedback and pays the bonus', async () => {
    const bot = await withConsent()
    const anna = await reachFeedback(bot)

    anna.say('звоните +7 916 123-45-67, больше сыра')
    await eventually(() => anna.last().includes('Добавил'))

    expect(completed(bot)).toEqual([{ pmf: 'very', usefulFeature: 'cart', feedback: 'звоните [phone], больше сыра' }])
    expect(bot.assistant.questions).toEqual([])
    expect(anna.last()).toContain('Осталось корзин: 9.')
    expect(anna.read()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/1\/3[\s\S]*✓ Очень расстроюсь/),
        expect.stringContaining('✓ Готовая корзина'),
      ]),
    )
  })

  test('cuts feedback at 500 characters, after masking', async () => {
    const bot = await withConsent()
    const anna = await reachFeedback(bot)

    anna.say(`${'я'.repeat(490)} +7 916 123-45-67`)
    await eventually(() => anna.last().includes('Добавил'))

    expect(completed(bot)).toEqual([expect.objectContaining({ feedback: `${'я'.repeat(490)} [phone]` })])
  })

  test('counts signs, not halves of them', async () => {
    const bot = await withConsent()
    const anna = await reachFeedback(bot)

    anna.say('🥛'.repeat(501))
    await eventually(() => anna.last().includes('Добавил'))

    expect(completed(bot)).toEqual([expect.objectContaining({ feedback: '🥛'.repeat(500) })])
  })

  test.each(['Всё отлично', 'Пропустить'])('takes the button «%s» as no words at all', async label => {
    const bot = await withConsent()
    const anna = await reachFeedback(bot)

    anna.press(label)
    await eventually(() => anna.last().includes('Добавил'))

    expect(completed(bot)).toEqual([{ pmf: 'very', usefulFeature: 'cart', feedback: null }])
  })

  test('is given up when a command comes, and the next message is an order', async () => {
    const bot = await withConsent()
    const anna = await reachFeedback(bot)

    anna.say('/help')
    await eventually(() => anna.last().includes('Как это работает'))
    anna.say('молоко')
    await eventually(() => bot.assistant.questions.length === 1)

    expect(completed(bot)).toEqual([])
  })

  test('does not swallow an order half an hour later', async () => {
    const bot = await withConsent()
    const anna = await reachFeedback(bot)

    bot.clock.offsetMs = 31 * 60_000
    anna.say('молоко')
    await eventually(() => bot.assistant.questions.length === 1)

    expect(completed(bot)).toEqual([])
  })
})

test('where a user is survives a restart: the next process takes their feedback', async () => {
  const { users, user, assistant } = await withConsent()
  users.set(7, { cartsCreated: 1, survey: { pmf: 'not', usefulFeature: 'search', askedAt: new Date().toISOString() } })

  user(7).say('больше рецептов')
  await eventually(() => user(7).last().includes('Добавил'))

  expect(assistant.questions).toEqual([])
  expect(users.get(7)).toMatchObject({ surveyCompleted: true })
})

test('who completed it is notified, by command and by an old button', async () => {
  const bot = await withConsent()
  const anna = await reachFeedback(bot)
  bot.users.set(7, { surveyCompleted: true })

  anna.press('Пропустить')
  await eventually(() => anna.last().includes('уже прошли'))
  anna.say('/survey')
  await eventually(() => anna.read().length === 5)

  expect(anna.last()).toContain('уже прошли')
  expect(completed(bot)).toEqual([])
})

test('before the first cart it is neither begun nor continued by an old button, and nothing is paid', async () => {
  const bot = await withConsent()
  const anna = await reachFeedback(bot)
  bot.users.set(7, { cartsCreated: 0 })

  anna.press('Пропустить')
  await eventually(() => anna.last().includes('после первой корзины'))
  anna.say('/survey')
  await eventually(() => anna.read().length === 5)

  expect(anna.last()).toContain('после первой корзины')
  expect(completed(bot)).toEqual([])
})

test('values that were not offered are not taken from a forged button', async () => {
  const { act, users, handled } = await withConsent()
  const from = { id: 7, is_bot: false, first_name: 'Анна' }
  const chat = { id: 7, type: 'private' as const, first_name: 'Анна' }
  const message = { message_id: 1, date: 1_800_000_000, chat, from, text: 'x' }
  const forged = [
    'survey_pmf_excellent',
    'survey_feat_hack',
    'survey_done_very_cart',
    'survey_pmf_',
    'survey_feat_cart',
    '',
  ]

  for (const [i, data] of forged.entries()) {
    act.inject({ callback_query: { id: String(i), from, message, chat_instance: '1', data } })
    await eventually(async () => (await handled()) === i + 1)
  }

  expect(users.calls.filter(({ method }) => method !== 'done')).toEqual([])
  expect(await handled('failed')).toBe(0)
})

test('without consent the survey begins with the consent text', async () => {
  const { users, user } = await startBot()
  users.set(7, { consentVersion: null })

  user(7).say('/survey')
  await eventually(() => user(7).read().length === 1)

  expect(user(7).buttons()).toEqual(['Согласен', 'Подробнее'])
})

test('with the database down at the last step the answers are stored and the user is notified', async () => {
  const bot = await withConsent()
  const anna = await reachFeedback(bot)
  bot.users.completeSurvey = async () => null

  anna.say('всё хорошо')
  await eventually(() => anna.last().includes('ответы записаны'))

  expect(bot.events).toEqual([])
})

test('asked for before consent it begins as soon as consent is given', async () => {
  const { user, users } = await startBot()
  users.set(7, { consentVersion: null, cartsCreated: 1 })

  user(7).say('/survey')
  await eventually(() => user(7).buttons().includes('Согласен'))
  user(7).press('Согласен')

  await eventually(() => user(7).last().includes('1/3'))
})
