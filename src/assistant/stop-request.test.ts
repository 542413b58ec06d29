import { expect, test } from 'vitest'
import { metricValue } from '../../test/support/metrics.ts'
import { breakfast, cart, search, setup } from './testing/assistant-setup.ts'
import { question } from './testing/fakes.ts'
import { assistantTexts } from './texts.ts'

/** A question whose user can stop it. */
function stoppable(text: string) {
  const stop = new AbortController()
  return { ...question(text, { stopSignal: stop.signal }), stop: () => stop.abort() }
}
/** What never comes alone. */
const never = new Promise<never>(() => undefined)

test('a stop cuts off the call of the model, and no other is made', async () => {
  const asked = stoppable('молоко')
  let cutOff: unknown
  const { assistant, requests, dialogue, usage } = setup({
    script: [
      search('молоко'),
      (_request, signal) => {
        asked.stop()
        cutOff = signal?.reason
        throw signal?.reason
      },
    ],
  })

  const answer = await assistant.answer(asked)

  expect(answer).toMatchObject({ isStopped: true, error: null, text: null, cart: null })
  expect(cutOff).toMatchObject({ name: 'StopRequest' })
  expect(requests).toHaveLength(2)
  expect(usage).toMatchObject([{ calls: 1 }])
  expect(dialogue.stored().map(({ role }) => role)).toEqual(['user', 'assistant', 'function', 'assistant'])
  expect(dialogue.stored().at(-1)?.content).toBe(assistantTexts.stopped)
})

test('a stop during a search ends it without a failure of the tool, and the model is not asked again', async () => {
  const asked = stoppable('молоко')
  const { assistant, shop, requests, dialogue, register } = setup({ script: [search('молоко'), 'Вот'] })
  shop.search = () => {
    asked.stop()
    return never
  }

  const answer = await assistant.answer(asked)

  expect(answer).toMatchObject({ isStopped: true, error: null })
  expect(requests).toHaveLength(1)
  expect(dialogue.stored().map(({ role }) => role)).toEqual(['user', 'assistant'])
  const failed = { tool: 'vkusvill_products_search', outcome: 'error' }
  expect(await metricValue(register, 'bot_tool_calls_total', failed)).toBe(0)
})

test('a stop while the shop makes the link: the cart is not stored, and costs nothing', async () => {
  const asked = stoppable('молоко')
  const { assistant, shop, users } = setup({ script: breakfast })
  shop.createCart = () => {
    asked.stop()
    return never
  }

  const answer = await assistant.answer(asked)

  expect(answer).toMatchObject({ isStopped: true, cart: null, error: null })
  expect(users.created).toEqual([])
})

test('a stop before the cart call: the shop is not asked for a link', async () => {
  const asked = stoppable('молоко')
  const { assistant, shop, users } = setup({ script: [search('молоко'), cart([{ xml_id: 1, q: 1 }]), 'Вот'] })
  users.allowance = async () => {
    asked.stop()
    return { allowed: true, cartsCreated: 0, cartLimit: 5, surveyCompleted: false, daysSinceRegistration: 3 }
  }

  const answer = await assistant.answer(asked)

  expect(answer).toMatchObject({ isStopped: true, cart: null })
  expect(shop.carts).toEqual([])
})

test('a cart whose link was made before the stop is in the answer, and in the dialogue', async () => {
  const asked = stoppable('молоко')
  const { assistant, users, dialogue } = setup({
    script: [
      search('молоко'),
      cart([{ xml_id: 1, q: 1 }]),
      (_request, signal) => {
        asked.stop()
        throw signal?.reason
      },
    ],
  })

  const answer = await assistant.answer(asked)

  expect(answer).toMatchObject({ isStopped: true, error: null, cart: { cartNumber: 1 } })
  expect(users.created).toHaveLength(1)
  expect(dialogue.stored().map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'function',
    'assistant',
    'function',
    'assistant',
  ])
})

test('a stop that came before the first call of the model costs nothing at all', async () => {
  const asked = stoppable('молоко')
  const { assistant, requests, usage } = setup()
  asked.stop()

  const answer = await assistant.answer(asked)

  expect(answer).toMatchObject({ isStopped: true, error: null })
  expect(requests).toEqual([])
  expect(usage).toEqual([])
})

test('what the user writes after a stop is answered with the dialogue so far', async () => {
  const asked = stoppable('молоко')
  const { assistant, requests } = setup({
    script: [
      (_request, signal) => {
        asked.stop()
        throw signal?.reason
      },
      'Кефир нашёл',
    ],
  })
  await assistant.answer(asked)

  const answer = await assistant.answer(question('лучше кефир'))

  expect(answer).toMatchObject({ text: 'Кефир нашёл', isStopped: false })
  expect(requests[1]?.messages.map(({ role, content }) => [role, content]).slice(1)).toEqual([
    ['user', 'молоко'],
    ['assistant', assistantTexts.stopped],
    ['user', 'лучше кефир'],
  ])
})
