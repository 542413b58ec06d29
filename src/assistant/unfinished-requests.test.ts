import { describe, expect, test } from 'vitest'
import { McpError, RateLimitError, TimeoutError } from '../errors.ts'
import type { LastCart } from '../users/users.ts'
import type { UnfinishedCart } from './dialogue/unfinished.ts'
import { breakfast, cart, cheese, milk, search, setup } from './testing/assistant-setup.ts'
import { product, question, userState } from './testing/fakes.ts'

const busy = () => new RateLimitError('gigachat', 'busy')
/** The same user's next update: a pressed button. */
const press = () => ({
  ...question(''),
  update: { key: 'press:7:2:link', at: new Date('2026-11-22T09:05:00Z'), requestId: 'mnpqrstuvwxy' },
})

describe('a request that failed', () => {
  test('is remembered with its words, without what is personal, and can be dropped', async () => {
    const { assistant, dialogue } = setup({ script: [busy()] })

    const answer = await assistant.answer(question('молоко, мой телефон +7 916 123-45-67'))
    const id = answer.unfinished?.id ?? ''

    expect(answer).toMatchObject({ error: { name: 'RateLimitError' }, unfinished: { kind: 'request' } })
    expect(await assistant.unfinished(7, id)).toMatchObject({ kind: 'request', text: expect.stringMatching(/^молоко/) })
    expect(JSON.stringify(dialogue.unfinished())).not.toContain('123-45-67')
    await assistant.dropUnfinished(7, id)
    expect(await assistant.unfinished(7, id)).toBeNull()
  })

  test('is one, however often its update is delivered', async () => {
    const { assistant, dialogue } = setup({ script: [busy()] })

    await assistant.answer(question('молоко'))
    await assistant.answer(question('молоко', { maybeRepeat: true }))

    expect(dialogue.unfinished()).toHaveLength(1)
  })

  test('goes with the dialogue', async () => {
    const { assistant } = setup({ script: [busy()] })
    const { unfinished } = await assistant.answer(question('молоко'))

    await assistant.forget(7)

    expect(await assistant.unfinished(7, unfinished?.id ?? '')).toBeNull()
  })

  test.each([
    ['an answer', ['Вот'], {}],
    ['a cart, after which the model failed', [search('молоко'), cart([{ xml_id: 1 }]), busy()], {}],
  ])('is none after %s', async (_, script, rest) => {
    const { assistant, dialogue } = setup({ script })

    const answer = await assistant.answer(question('молоко', rest))

    expect(answer.unfinished).toBeNull()
    expect(dialogue.unfinished()).toEqual([])
  })

  test('is none when the process stops: the next one answers the same update', async () => {
    const stopping = new AbortController()
    const { assistant, dialogue } = setup({
      script: [
        () => {
          stopping.abort()
          return new TimeoutError('gigachat', 1)
        },
      ],
    })

    await assistant.answer(question('молоко', { signal: stopping.signal }))

    expect(dialogue.unfinished()).toEqual([])
  })
})

describe('a cart for which the shop gave no link', () => {
  /** The assistant after a breakfast whose link could not be made. */
  async function withoutLink(options: Parameters<typeof setup>[0] = {}) {
    const made = setup({ script: breakfast, ...options })
    made.shop.failing.createCart = () => new McpError('unavailable', 'down', true)
    const answer = await made.assistant.answer(question('молоко и хлеб'))
    const stored = await made.assistant.unfinished(7, answer.unfinished?.id ?? '')
    if (stored?.kind !== 'cart') throw new Error('the cart was not remembered')
    const modelCalls = made.requests.length
    delete made.shop.failing.createCart
    return { ...made, answer, again: stored satisfies UnfinishedCart, modelCalls }
  }

  test('is in the answer with its lines and total', async () => {
    const { answer, users } = await withoutLink()

    expect(answer).toMatchObject({ cart: null, error: { name: 'MCPError' } })
    expect(answer.unfinished).toMatchObject({
      kind: 'cart',
      totalMinor: 24_000,
      lines: [
        { product: { name: 'Молоко 3,2%' }, q: 2 },
        { product: { name: 'Хлеб ржаной' }, q: 1 },
      ],
    })
    expect(users.created).toEqual([])
  })

  test('is made again without a turn of the model, and the dialogue knows it', async () => {
    const { assistant, again, requests, modelCalls, users, usage, dialogue } = await withoutLink()
    const usageBefore = usage.length

    const answer = await assistant.makeCart(press(), again)

    expect(answer).toMatchObject({ error: null, cart: { cartNumber: 1, totalMinor: 24_000 }, unfinished: null })
    expect(users.created).toMatchObject([{ key: 'press:7:2:link', cart: { totalSum: 240 } }])
    expect(requests).toHaveLength(modelCalls)
    expect(usage).toHaveLength(usageBefore)
    expect(dialogue.stored().at(-1)).toMatchObject({ role: 'assistant' })
  })

  test('is a correction again, if it was one', async () => {
    const user = userState({ hasLastCart: true })
    const lastCart: LastCart = {
      ...{ cartNumber: 5, revision: 0, madeAt: new Date('2026-11-22T08:50:00Z'), totalMinor: 0, link: '' },
      lines: [milk, cheese, product(8, 'Соль'), product(9, 'Перец')].map(bought => ({
        ...{ product: bought, q: 1, priceMinor: 0, sumMinor: 0 },
      })),
    }
    const change = { call: 'vkusvill_cart_link_create', args: { products: [{ xml_id: 1 }], changes_previous: true } }
    const { assistant, users, shop } = setup({ script: [change, 'Увы'], users: { cartsCreated: 5, lastCart } })
    shop.failing.createCart = () => new McpError('unavailable', 'down', true)
    const { unfinished } = await assistant.answer(question('оставь только молоко', { user }))
    delete shop.failing.createCart
    const again = await assistant.unfinished(7, unfinished?.id ?? '')
    if (again?.kind !== 'cart') throw new Error('the cart was not remembered')

    const answer = await assistant.makeCart({ ...press(), user }, again)

    expect(answer).toMatchObject({ limit: null, cart: { revision: 1 } })
    expect(users.created).toMatchObject([{ cart: { revises: true } }])
  })

  test('is refused when the allowance has been used up since', async () => {
    const { assistant, again, users, shop } = await withoutLink()
    const triesBefore = shop.carts.length
    users.state.cartsCreated = users.state.cartLimit

    const answer = await assistant.makeCart(press(), again)

    expect(answer).toMatchObject({ cart: null, limit: { cartsUsed: 5 }, error: null })
    expect(shop.carts).toHaveLength(triesBefore)
  })

  test('is refused when a restriction has been added since, and says which product it is', async () => {
    const { assistant, again, users, shop } = await withoutLink()
    const triesBefore = shop.carts.length
    users.state.restrictions = [{ kind: 'allergy', value: 'молоко' }]

    const answer = await assistant.makeCart(press(), again)

    expect(answer).toMatchObject({ cart: null, error: null })
    expect(answer.text).toContain('Молоко 3,2%')
    expect(shop.carts).toHaveLength(triesBefore)
  })

  test('that fails again is remembered again, under the update of the press', async () => {
    const { assistant, again, shop } = await withoutLink()
    shop.failing.createCart = () => new McpError('unavailable', 'down', true)

    const answer = await assistant.makeCart(press(), again)

    expect(answer).toMatchObject({ cart: null, error: { name: 'MCPError' }, unfinished: { kind: 'cart' } })
    expect(answer.unfinished?.id).not.toBe(again.id)
    expect(await assistant.unfinished(7, answer.unfinished?.id ?? '')).toMatchObject({
      ...again,
      id: answer.unfinished?.id,
    })
  })

  test('keeps the budget it was made for', async () => {
    const { again } = await withoutLink({
      script: [search('молоко'), cart([{ xml_id: 1, q: 1 }], 500), 'Не вышло'],
    })

    expect(again).toMatchObject({ budgetRub: 500, requested: [{ xml_id: 1, q: 1 }] })
  })
})
