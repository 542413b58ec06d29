import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UpstreamError } from '../errors.ts'
import { loopLimits } from './offers.ts'
import { setup } from './testing/assistant-setup.ts'
import { question, type Turn } from './testing/fakes.ts'
import { toolNames } from './tools/tool.ts'

/** Arguments as a model at its worst writes them: known names with anything in them. */
const hostileArgs = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue()),
  fc.record(
    {
      q: fc.oneof(fc.constantFrom('молоко', 'хлеб', 'сыр', 'устрицы'), fc.jsonValue()),
      sort: fc.oneof(fc.constantFrom('rating', 'price_asc'), fc.jsonValue()),
      id: fc.oneof(fc.constantFrom(1001, 1002, '1003', -1, 0, 1e300), fc.jsonValue()),
      products: fc.oneof(
        fc.array(
          fc.record(
            {
              xml_id: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.jsonValue()),
              q: fc.oneof(fc.double(), fc.integer({ min: -1, max: 50 }), fc.jsonValue()),
            },
            { requiredKeys: [] },
          ),
          { maxLength: 30 },
        ),
        fc.jsonValue(),
      ),
      budget: fc.oneof(fc.double(), fc.constantFrom(1, 100, 10_000), fc.jsonValue()),
      dish: fc.oneof(fc.constantFrom('борщ', 'джем'), fc.jsonValue()),
      servings: fc.oneof(fc.double(), fc.integer({ min: 0, max: 200 }), fc.jsonValue()),
      items: fc.oneof(
        fc.array(
          fc.record({
            xml_id: fc.jsonValue(),
            id: fc.constantFrom(1001, 7),
            grams: fc.oneof(fc.double(), fc.constant(100)),
          }),
        ),
        fc.jsonValue(),
      ),
      category: fc.oneof(fc.constant('молоко'), fc.jsonValue()),
      preference: fc.oneof(fc.constant('топлёное'), fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
)
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...toolNames) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'web_search') },
  { weight: 1, arbitrary: fc.string({ minLength: 1 }) },
)
const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ call: name, args: hostileArgs }) },
  {
    weight: 1,
    arbitrary: fc.record({ text: fc.string(), finishReason: fc.constantFrom('error', 'length', 'stop', 'new') }),
  },
  { weight: 1, arbitrary: fc.constant('[{"name":"свёкла","quantity":2,"unit":"шт"}]') },
  { weight: 1, arbitrary: fc.constant(new UpstreamError('gigachat', 422, 'refused', false)) },
)

test('whatever the model does, and whatever fails: an answer within the limits, results that are JSON objects, pairs unbroken', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(turn, { minLength: 1, maxLength: 60 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      fc.boolean(),
      async (script, failures, limitReached) => {
        const { assistant, shop, users, requests, toolLines, events, dialogue } = setup({
          script,
          users: { cartLimit: limitReached ? 0 : 5 },
        })
        let calls = 0
        const fail = () =>
          failures[calls++ % failures.length] ? new UpstreamError('gigachat', null, 'down', true) : undefined
        shop.failing.search = fail
        shop.failing.details = fail
        shop.failing.createCart = fail

        const answer = await assistant.answer(question('собери что-нибудь'))

        const dialogueTurns = requests.filter(request => request.functionName === undefined)
        expect(dialogueTurns.length).toBeLessThanOrEqual(loopLimits.steps)
        const executed = toolLines.filter(line => line.tool !== 'unknown' && line.outcome !== 'duplicate')
        expect(executed.filter(line => line.outcome === 'ok' && line.cached !== true).length).toBeLessThanOrEqual(20)
        expect(users.created.length).toBeLessThanOrEqual(limitReached ? 0 : 1)
        expect(events.filter(e => e.type === 'cart_limit_reached').length).toBeLessThanOrEqual(1)
        expect(answer.cart === null).toBe(users.created.length === 0)
        for (const request of requests) checkMessages(request.messages)
        for (const saved of dialogue.saves) checkMessages(saved)
      },
    ),
    { numRuns: 300 },
  )
})

type Messages = Parameters<ReturnType<typeof setup>['dialogue']['store']['save']>[1]

/** What the service would refuse with 422. */
function checkMessages(messages: Messages) {
  for (const [i, message] of messages.entries()) {
    if (message.role === 'system') expect(i).toBe(0)
    if (message.role !== 'function') continue
    const call = messages[i - 1]
    expect(call?.role === 'assistant' && call.function_call?.name).toBe(message.name)
    const parsed: unknown = JSON.parse(message.content)
    expect(parsed).toBeTypeOf('object')
    expect(parsed).not.toBeNull()
    expect(Array.isArray(parsed)).toBe(false)
    expect(message.content.length).toBeLessThanOrEqual(14_000)
  }
}

test.each(toolNames)('%s takes any arguments without throwing', async tool => {
  await fc.assert(
    fc.asyncProperty(hostileArgs, async args => {
      const { assistant, results } = setup({ script: [{ call: tool, args }, 'Всё'] })

      const answer = await assistant.answer(question('что-нибудь'))

      // A recipe asks the model itself, which then answers «Всё»: no recipe, so a failure that is reported.
      if (tool !== 'recipe_ingredients' && tool !== 'vkusvill_product_details' && tool !== 'nutrition_calculate') {
        expect(answer.error).toBeNull()
      }
      for (const result of results()) expect(result.ok).toBeTypeOf('boolean')
    }),
    { numRuns: 60 },
  )
})
