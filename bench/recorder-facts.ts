import { randomUUID } from 'node:crypto'
import type { EventFact, Fact } from '../src/events/facts.ts'

/** Users of a run, all registered before it: ten times the daily number of the plan. */
export const users = 10_000

const queries = ['молоко', 'хлеб ржаной', 'куриное филе', 'помидоры', 'сыр твёрдый', 'гречка', 'яблоки', 'творог']

/** A plain event, a search, of a random user from `first` on. */
export const searchFact = (first = 1, among = users): EventFact => searchOf(randomUser(first, among), new Date())

const randomUser = (first: number, among: number) => first + Math.floor(Math.random() * among)

function searchOf(userId: number, at: Date): EventFact {
  const query = queries[userId % queries.length] ?? ''
  const metadata = { query, results_count: 10, had_results: true }
  const id = randomUUID()
  return { kind: 'event', id, userId, at, requestId: id.slice(0, 12), eventType: 'product_search', metadata }
}

/** What a message with two searches leaves: the message, the searches, a cart every third time, model usage, the answer. */
export function messageFacts(ordinal: number, first = 1): Fact[] {
  const userId = randomUser(first, users)
  const at = new Date()
  const base = () => ({ id: randomUUID(), userId, at, requestId: randomUUID().slice(0, 12) })
  const message = base()
  const cart: Fact = {
    ...base(),
    kind: 'cart',
    messageFactId: message.id,
    totalSum: 1234.5,
    scenario: 'search',
    affiliateTag: null,
    revises: false,
    cart: { lines: [], totalMinor: 123_450, link: 'https://vkusvill.ru/?share_basket=1' },
  }
  return [
    { ...message, kind: 'message' },
    searchOf(userId, at),
    searchOf(userId, at),
    ...(ordinal % 3 === 0 ? [cart] : []),
    { ...base(), kind: 'usage', calls: 4, tokens: 6_000, costRub: 3.9 },
    { ...base(), kind: 'done', messageFactId: message.id },
  ]
}
