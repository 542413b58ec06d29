import { describe, expect, test } from 'vitest'
import { createTestRegistry } from '../../../test/support/metrics.ts'
import { silentLog } from '../../telemetry/log.ts'
import { createMessageRun } from '../message-run.ts'
import { type Achievement, addAchievement, initialState, type MessageState } from '../message-state.ts'
import { createAssistantMetrics } from '../metrics.ts'
import { borscht, bread, cart, kitchen, milk, search, setup } from '../testing/assistant-setup.ts'
import { createFakeRecorder, createFakeShop, createFakeUsers, createScriptedChat, question } from '../testing/fakes.ts'
import { createTools } from './create-tools.ts'
import type { ToolName, ToolResult } from './tool.ts'

/** Freezes a state so that a tool that writes to it throws. */
function frozen(state: MessageState): MessageState {
  const forbid = () => {
    throw new Error('the state of a message is read-only')
  }
  for (const collection of [state.products, state.searches, state.toolsCalled])
    Object.assign(collection, { set: forbid, add: forbid, delete: forbid, clear: forbid })
  return Object.freeze({ ...state, notFound: Object.freeze([...state.notFound]) })
}

/** The tools among fakes, each run against a frozen state. */
function toolbox(users: Parameters<typeof createFakeUsers>[0] = {}) {
  const shop = createFakeShop([milk, bread, ...kitchen])
  const recording = createFakeRecorder()
  const fakeUsers = createFakeUsers(users)
  const tools = createTools({ shop, users: fakeUsers, metrics: createAssistantMetrics(createTestRegistry()) })
  const { chat } = createScriptedChat(borscht)
  const run = createMessageRun(
    {
      chat,
      recordUsage: () => ({ calls: 1, tokens: 1, costRub: 0 }),
      readings: fakeUsers.readings(),
      recorder: recording.recorder,
      log: silentLog,
      now: () => new Date('2026-11-22T09:00:00Z'),
      dayOf: () => '2026-11-22',
      promptVersion: 'aaaaaaaaaaaa',
      deadline: { leftMs: () => 120_000 },
      turn: { since: 0 },
    },
    question('борщ'),
    new AbortController().signal,
  )
  return {
    shop,
    ...recording,
    call(name: ToolName, args: Record<string, unknown>, state = initialState(() => [])): Promise<ToolResult> {
      const prepared = tools.find(tool => tool.name === name)?.prepare(args)
      if (prepared === undefined || 'problem' in prepared) throw new Error('not a call that can be made')
      return prepared.run({ ...run, state: frozen(state) })
    },
  }
}

const afterCall = (state: MessageState, { achieved = {} }: { achieved?: Achievement }) =>
  addAchievement(state, achieved)

describe('a tool returns what it achieved and changes nothing itself', () => {
  test.each<[ToolName, Record<string, unknown>, (keyof Achievement)[]]>([
    ['vkusvill_products_search', { q: 'молоко' }, ['found', 'products', 'searches']],
    ['vkusvill_products_search', { q: 'вагю' }, ['missed', 'products', 'searches']],
    ['vkusvill_product_details', { id: milk.id }, ['products']],
    [
      'recipe_ingredients',
      { dish: 'борщ', servings: 4 },
      ['budgetRub', 'larder', 'missed', 'products', 'recipes', 'searches'],
    ],
    ['user_preferences_set', { category: 'молоко', preference: '3,2%' }, ['preferencesChanged']],
    ['user_preferences_delete', { category: 'молоко' }, ['preferencesChanged']],
    ['user_preferences_get', {}, []],
    ['nutrition_calculate', { items: [{ id: milk.id, grams: 100 }] }, []],
  ])('%s %j', async (name, args, achieved) => {
    const result = await toolbox().call(name, args)

    expect(Object.keys(result.achieved ?? {}).toSorted()).toEqual(achieved)
  })

  test('a cart sees the products and the budget that the calls before it achieved', async () => {
    const { call, shop } = toolbox()
    const searched = afterCall(
      initialState(() => []),
      await call('vkusvill_products_search', { q: 'молоко' }),
    )
    const tooMuch = await call('vkusvill_cart_link_create', { products: [{ xml_id: 1, q: 9 }], budget: 500 }, searched)

    const made = await call('vkusvill_cart_link_create', { products: [{ xml_id: 1 }] }, afterCall(searched, tooMuch))

    expect(tooMuch.achieved).toEqual({ budgetRub: 500 })
    expect(made.achieved?.cart).toMatchObject({ totalMinor: 9_000, budget: { rub: 500, kept: true } })
    expect(shop.carts).toHaveLength(1)
  })

  test('searches of a recipe are numbered on after those before it', async () => {
    const { call, events } = toolbox()
    const searched = afterCall(
      initialState(() => []),
      await call('vkusvill_products_search', { q: 'свекла' }),
    )

    const recipe = afterCall(searched, await call('recipe_ingredients', { dish: 'борщ', servings: 4 }, searched))

    expect(recipe.searches.size).toBe(3)
    expect(new Set(events.map(event => event.id)).size).toBe(3)
  })
})

describe('a tool that fails', () => {
  test.each<[ToolName, Record<string, unknown>, 'search' | 'details']>([
    ['vkusvill_products_search', { q: 'молоко' }, 'search'],
    ['recipe_ingredients', { dish: 'борщ', servings: 4 }, 'search'],
    ['vkusvill_product_details', { id: milk.id }, 'details'],
  ])('leaves nothing: %s', async (name, args, method) => {
    const { call, shop, events } = toolbox()
    shop.failing[method] = () => new Error('down')

    await expect(call(name, args)).rejects.toThrow('down')

    expect(events).toEqual([])
  })

  test('in the middle of a message leaves what the others achieved', async () => {
    const { assistant, shop } = setup({ script: [search('молоко'), search('хлеб'), cart([{ xml_id: 1 }]), 'Вот'] })
    shop.failing.search = query => (query === 'хлеб' ? new Error('down') : undefined)

    const answer = await assistant.answer(question('молоко и хлеб'))

    expect(answer).toMatchObject({ error: null, cart: { cartNumber: 1, notFound: [] } })
  })

  test('leaves the budget the user named, for the next try', async () => {
    const { assistant, shop, results } = setup({
      script: [search('молоко'), cart([{ xml_id: 1 }], 50), cart([{ xml_id: 1, q: 2 }]), 'Дорого'],
    })
    shop.failing.createCart = () => new Error('down')

    const answer = await assistant.answer(question('молоко до 50 рублей'))

    expect(answer.cart).toBeNull()
    expect(results().at(-1)).toMatchObject({ error: 'over_budget', budget: 50 })
  })
})

describe('two tools in one message', () => {
  test('a cart after the limit is refused again, without a second look at the allowance and without a second event', async () => {
    const { assistant, users, events, shop } = setup({
      script: [search('молоко'), cart([{ xml_id: 1 }]), cart([{ xml_id: 1, q: 2 }]), 'Корзин нет'],
      users: { cartsCreated: 5 },
    })

    const answer = await assistant.answer(question('молоко'))

    expect(answer).toMatchObject({ cart: null, limit: { cartsUsed: 5, cartLimit: 5 } })
    expect(users.allowanceAsked()).toBe(1)
    expect(events.filter(event => event.type === 'cart_limit_reached')).toHaveLength(1)
    expect(shop.carts).toEqual([])
  })

  test('a preference stored by one is applied by the next', async () => {
    const set = { call: 'user_preferences_set', args: { category: 'молоко', preference: 'топлёное' } }
    const { assistant, shop } = setup({ script: [search('хлеб'), set, search('молоко'), 'Вот'] })

    await assistant.answer(question('молоко'))

    expect(shop.searches.map(({ query }) => query)).toEqual(['хлеб', 'молоко топлёное'])
  })

  test('the scenario counts tools that failed', async () => {
    const { assistant, users, shop } = setup({
      script: [
        { call: 'nutrition_calculate', args: { items: [{ id: 1001, grams: 100 }] } },
        search('молоко'),
        cart([{ xml_id: 1 }]),
        'Вот',
      ],
    })
    shop.failing.details = () => new Error('down')

    await assistant.answer(question('молоко'))

    expect(users.created[0]?.cart.scenario).toBe('mixed')
  })
})
