import { expect, test } from 'vitest'
import { earlierRequest } from './earlier-request.ts'
import type { Message } from './model/chat-model.ts'

const user = (content: string): Message => ({ role: 'user', content })
const result = (name: string, content: unknown): Message => ({
  role: 'function',
  name,
  content: JSON.stringify(content),
})
const searched = (content: unknown) => result('vkusvill_products_search', content)
const milk = { xml_id: 1, id: 1, name: 'Молоко', price: 90, unit: 'шт' }

test('what was asked and not found since the last cart is remembered, the tries of the model are not', () => {
  const history = [
    user('вагю'),
    searched({ ok: true, q: 'вагю', products: [] }),
    result('vkusvill_cart_link_create', { ok: true, items_count: 1 }),
    user('молоко, бри и халва'),
    searched({
      ok: true,
      results: [
        { q: 'молоко', products: [milk] },
        { q: 'бри', products: [milk], relevance_warning: 'похоже, не то' },
        { q: 'халва', products: [] },
        { q: 'сырная тарелка', products: [] },
      ],
    }),
    searched({ ok: true, q: 'халва', products: [milk] }),
    result('vkusvill_cart_link_create', { ok: false, error: 'restricted' }),
  ]

  expect(earlierRequest(history)).toEqual({
    text: 'молоко, бри и халва',
    missed: ['бри'],
    products: new Set([1]),
  })
})

test('a dialogue without searches, or with broken results, asked for nothing', () => {
  expect(earlierRequest([])).toEqual({ text: '', missed: [], products: new Set() })
  expect(earlierRequest([user('сыр'), searched('что-то'), searched(null)]).missed).toEqual([])
})
