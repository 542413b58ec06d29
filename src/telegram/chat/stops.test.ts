import type { Update } from 'grammy/types'
import { describe, expect, test } from 'vitest'
import type { Question } from '../../assistant/assistant.ts'
import { consentVersion } from '../privacy/policy.ts'
import { anAnswer } from '../testing/fake-assistant.ts'
import { aCart } from '../testing/fake-users.ts'
import { eventually, startBot } from '../testing/start-bot.ts'
import { asView } from './render-cart.ts'
import { isStop } from './stop-buttons.ts'

/** A bot whose assistant works on «молоко» until it is stopped, and answers anything else immediately. */
async function workingBot(options: Parameters<typeof startBot>[0] = {}) {
  const bot = await startBot(options)
  bot.users.set(7, { consentVersion })
  bot.assistant.respond = async ({ text, stopSignal }: Question) => {
    if (!text.startsWith('молоко')) return anAnswer({ text: `ответ на ${text}` })
    if (stopSignal?.aborted !== true) await new Promise(resolve => stopSignal?.addEventListener('abort', resolve))
    return anAnswer({ text: null, isStopped: true, cart: text.includes('корзина') ? asView(aCart()) : null })
  }
  return bot
}

test('the stop button of the draft ends the answer with a sentence, and it is no failure', async () => {
  const { act, user, events, handled } = await workingBot()
  user(7).say('молоко')
  await eventually(() => act.draft(7) !== null)

  act.stop(7, act.draft(7)?.draft_id ?? 0)
  await eventually(async () => (await handled('answered')) === 2)

  expect(user(7).read()).toEqual([expect.stringContaining('Остановился')])
  expect(events).toEqual([])
})

test('the stop button of a progress message does the same, and its message becomes the answer', async () => {
  const { user, handled } = await workingBot({ fake: { knowsDrafts: false } })
  user(7).say('молоко')
  await eventually(() => user(7).buttons().includes('Стоп'))

  user(7).press('Стоп')
  await eventually(async () => (await handled('answered')) === 2)

  expect(user(7).read()).toEqual([expect.stringContaining('Остановился')])
  expect(user(7).buttons()).toEqual([])
})

test.each(['стоп', 'Стоп!', ' STOP ', 'хватит', '/стоп'])(
  '«%s» during an answer stops it, and is counted as a message',
  async word => {
    const { act, user, users, assistant, handled } = await workingBot()
    user(7).say('молоко')
    await eventually(() => act.draft(7) !== null)

    user(7).say(word)
    await eventually(async () => (await handled('answered')) === 2)

    expect(user(7).read()).toEqual([expect.stringContaining('Остановился')])
    expect(assistant.questions).toHaveLength(1)
    expect(users.calls.filter(({ method }) => method === 'message')).toHaveLength(2)
  },
)

test.each(['/stop', ' /STOP ', '/stop@test_bot', '/stop сейчас'])(
  'the command «%s» stops it too, and is no message',
  async command => {
    const { act, user, users, assistant, handled } = await workingBot()
    user(7).say('молоко')
    await eventually(() => act.draft(7) !== null)

    user(7).say(command)
    await eventually(async () => (await handled('answered')) === 2)

    expect(user(7).read()).toEqual([expect.stringContaining('Остановился')])
    expect(assistant.questions).toHaveLength(1)
    expect(users.calls.filter(({ method }) => method === 'message')).toHaveLength(1)
  },
)

test('the command that comes before the answer has begun stops it', async () => {
  const { user, handled } = await workingBot()

  user(7).say('молоко')
  user(7).say('/stop')
  await eventually(async () => (await handled('answered')) === 2)

  expect(user(7).read()).toEqual([expect.stringContaining('Остановился')])
})

test.each([
  ['стоп', true],
  ['/stop', true],
  ['/stop@test_bot', true],
  ['/стоп', true],
  ['/stopped', false],
  ['/start', false],
  ['не останавливайся, стоп не надо', false],
])('an update with «%s»: that it stops an answer is %s', (text, stops) => {
  const update = {
    update_id: 1,
    message: { message_id: 1, date: 1, chat: { id: 7, type: 'private', first_name: 'А' }, text },
  }

  expect(isStop(update as Update)).toBe(stops)
})

test('the word that comes before the answer has begun stops it too', async () => {
  const { user, assistant, handled } = await workingBot()

  user(7).say('молоко')
  user(7).say('стоп')
  await eventually(async () => (await handled('answered')) === 2)

  expect(user(7).read()).toEqual([expect.stringContaining('Остановился')])
  expect(assistant.questions.map(({ text }) => text)).toEqual(['молоко'])
})

test('a cart that was made before the stop is shown', async () => {
  const { act, user } = await workingBot()
  user(7).say('молоко, корзина')
  await eventually(() => act.draft(7) !== null)

  user(7).say('стоп')
  await eventually(() => user(7).urls().length === 1)

  expect(user(7).last()).toContain('успел собрать')
  expect(user(7).last()).toContain('Молоко 3,2 %')
})

test('what was written after it is answered as usual', async () => {
  const { act, user } = await workingBot()
  user(7).say('молоко')
  await eventually(() => act.draft(7) !== null)
  user(7).say('лучше кефир')

  act.stop(7, act.draft(7)?.draft_id ?? 0)
  await eventually(() => user(7).last() === 'ответ на лучше кефир')

  expect(user(7).read()).toHaveLength(2)
})

describe('a stop that finds nothing to stop', () => {
  test('by the word is a message to the assistant', async () => {
    const { user } = await workingBot()

    user(7).say('стоп')
    await eventually(() => user(7).last() === 'ответ на стоп')
  })

  test('by the command is answered with a sentence, and asks the model nothing', async () => {
    const { user, assistant } = await workingBot()

    user(7).say('/stop')
    await eventually(() => user(7).last().includes('останавливать нечего'))

    expect(assistant.questions).toEqual([])
  })

  test('of an earlier request leaves the one in flight alone', async () => {
    const { act, user, handled } = await workingBot()
    const from = { id: 7, is_bot: false, first_name: 'Анна' }
    user(7).say('молоко')
    await eventually(() => act.draft(7) !== null)

    act.inject({ stopped_message_generation: { chat: { id: 7, type: 'private', first_name: 'А' }, draft_id: 3 } })
    act.inject({ callback_query: { id: '1', from, chat_instance: '1', data: 'stop_3' } })
    await eventually(async () => (await handled('ignored')) === 1 && (await handled('answered')) === 1)
    const isGoingOn = act.draft(7) !== null
    user(7).say('стоп')
    await eventually(async () => (await handled('answered')) === 3)

    expect(isGoingOn).toBe(true)
    expect(user(7).read()).toHaveLength(1)
  })

  test('of another user leaves it alone too', async () => {
    const { act, user, handled } = await workingBot()
    user(7).say('молоко')
    await eventually(() => act.draft(7) !== null)
    const draft_id = act.draft(7)?.draft_id ?? 0

    act.inject({ stopped_message_generation: { chat: { id: 8, type: 'private', first_name: 'Б' }, draft_id } })
    await eventually(async () => (await handled('ignored')) === 1)

    expect(user(7).read()).toEqual([])
    user(7).say('стоп')
    await eventually(() => user(7).read().length === 1)
  })

  test('of any shape is dropped', async () => {
    const { act, handled } = await workingBot()

    for (const shape of [null, 'x', {}, { chat: null }, { chat: { id: 7 } }, { chat: { id: -5, type: 'group' } }])
      act.inject(Object.fromEntries([['stopped_message_generation', shape]]))
    await eventually(async () => (await handled('ignored')) === 6)

    expect(await handled('failed')).toBe(0)
  })
})
