import { z } from 'zod'
import type { ChatBody, ChatFunction, Model, WireMessage } from '../../chat-contract.ts'

const property = (type: string) => ({ type, description: 'x' })
const object = (properties: Record<string, unknown>) => ({ type: 'object', properties })
const list = (properties: Record<string, unknown>) => ({ type: 'array', items: object(properties) })

const parameters: Record<string, Record<string, unknown>> = {
  vkusvill_products_search: object({
    queries: { type: 'array', items: property('string') },
    sort: property('string'),
  }),
  vkusvill_product_details: object({ id: property('integer') }),
  vkusvill_cart_link_create: object({
    products: list({ xml_id: property('integer'), q: property('number') }),
    budget: property('number'),
    message: property('string'),
  }),
  recipe_ingredients: object({ dish: property('string'), servings: property('integer') }),
  nutrition_calculate: object({
    items: list({ xml_id: property('integer'), name: property('string'), grams: property('number') }),
  }),
  user_preferences_get: object({}),
  user_preferences_set: object({ category: property('string'), preference: property('string') }),
  user_preferences_delete: object({ category: property('string') }),
}

/** The functions a bot may offer, without the ones named. */
export const functionsWithout = (...left: string[]): ChatFunction[] =>
  Object.entries(parameters)
    .filter(([name]) => !left.includes(name))
    .map(([name, schema]) => ({ name, parameters: schema }))

type Answers = Record<string, (args: Record<string, unknown>, nth: number) => unknown>

/** The calls in order, without their closing words, and the final text. */
export interface Played {
  calls: [name: string, args: Record<string, unknown>][]
  text: string
  messages: WireMessage[]
}

/** A cart that is made as it was asked for ends the message with its words. */
const isDone = (result: unknown) =>
  z.object({ ok: z.literal(true), corrections: z.undefined() }).safeParse(result).success

/** The system message with the lines of the last cart, as the bot writes them. */
const systemWith = (lines: readonly (Shelf & { q: number })[]): WireMessage => ({
  role: 'system',
  content: [
    'Запреты записывай через user_restrictions.',
    'Последняя корзина (№ 1, 500 ₽), xml_id × q название:',
    ...lines.map(({ xml_id, q, unit = 'шт', name, price }) => `${xml_id} × ${q} ${unit} ${name} – ${price * q} ₽`),
    'Осталось корзин: 4 из 5.',
  ].join('\n'),
})

/** Plays the bot's part: executes each call with the given answers until the model speaks. */
export function play(
  model: Model,
  text: string,
  answers: Answers,
  {
    history = [],
    functions = functionsWithout(),
    lastCart,
  }: { history?: WireMessage[]; functions?: ChatFunction[]; lastCart?: readonly (Shelf & { q: number })[] } = {},
): Played {
  const dialogue: WireMessage[] = history.filter(message => message.role !== 'system')
  const messages: WireMessage[] = [
    ...(lastCart === undefined ? [] : [systemWith(lastCart)]),
    ...dialogue,
    { role: 'user', content: text },
  ]
  const calls: Played['calls'] = []
  for (let turn = 0; turn < 40; turn++) {
    const request: ChatBody = { model: 'GigaChat-2-Max', messages, functions }
    const reply = model(request)
    if ('text' in reply)
      return { calls, text: reply.text, messages: [...messages, { role: 'assistant', content: reply.text }] }
    const { name, arguments: args } = reply.call
    const nth = calls.filter(([called]) => called === name).length
    const { message: words, ...rest } = args
    calls.push([name, rest])
    const result = answers[name]?.(rest, nth) ?? { ok: false, error: 'unknown' }
    messages.push({ role: 'assistant', content: '', function_call: { name, arguments: args } })
    messages.push({ role: 'function', name, content: JSON.stringify(result) })
    if (typeof words === 'string' && isDone(result)) {
      messages.push({ role: 'assistant', content: words })
      return { calls, text: words, messages }
    }
  }
  throw new Error('the model never came to words')
}

interface Shelf {
  xml_id: number
  name: string
  price: number
  unit?: string
  weight_g?: number
}

/** The answer of a search whose queries are answered one by one. */
export const searchOf =
  (find: (q: string, sort: unknown) => Record<string, unknown>) =>
  ({ queries, sort }: Record<string, unknown>) => {
    const results = (Array.isArray(queries) ? queries : []).map(q => ({ q, ...find(String(q), sort) }))
    return results.length === 1 ? { ok: true, ...results[0] } : { ok: true, results }
  }

/** Answers of a small, healthy shop: searches look for the query's first letters in the names. */
export const shopOf = (shelf: readonly Shelf[], more: Answers = {}): Answers => ({
  vkusvill_products_search: searchOf((q, sort) => {
    const words = q.split(' ').map(word => word.slice(0, Math.max(3, word.length - 2)))
    const products = shelf
      .filter(({ name }) => words.every(word => name.toLowerCase().includes(word)))
      .map(product => ({ id: product.xml_id, unit: 'шт', ...product }))
    return { products: sort === 'price_asc' ? products.toSorted((a, b) => a.price - b.price) : products }
  }),
  vkusvill_cart_link_create: () => ({ ok: true, total: 100 }),
  user_preferences_get: () => ({ ok: true, preferences: [] }),
  user_preferences_set: () => ({ ok: true }),
  user_preferences_delete: () => ({ ok: true }),
  nutrition_calculate: () => ({ ok: true, total: { kcal: 420, protein: 30, fat: 12, carbs: 45 } }),
  ...more,
})
