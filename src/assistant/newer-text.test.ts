import { describe, expect, test } from 'vitest'
import type { LastCart } from '../users/users.ts'
import type { NewerText } from './assistant.ts'
import { breakfast, cart, milk, search, setup } from './testing/assistant-setup.ts'
import { question, userState } from './testing/fakes.ts'

type Moment = 'turn' | 'end'

/** A user who sends `text` at the n-th look of that kind, from 1. */
function sendsAt(moment: Moment, n: number, text: string) {
  const looks: Moment[] = []
  const takeNewer = async (now: Moment): Promise<NewerText | null> => {
    looks.push(now)
    const isDue = now === moment && looks.filter(look => look === moment).length === n
    return isDue ? { text, updates: [{ key: '2:2', at: new Date(), requestId: 'later' }] } : null
  }
  return { looks, takeNewer }
}

const userTexts = (requests: ReturnType<typeof setup>['requests']) =>
  requests.map(({ messages }) => messages.findLast(({ role }) => role === 'user')?.content)

describe('a text that the user sends while they are answered', () => {
  test('before the first turn is one question with the first', async () => {
    const { assistant, requests } = setup({ script: ['Хорошо'] })

    await assistant.answer({ ...question('молоко'), ...sendsAt('turn', 1, 'и хлеб') })

    expect(userTexts(requests)).toEqual(['молоко\nи хлеб'])
  })

  test('before the link is made: no cart of the old wish, one of the new one', async () => {
    const script = [search('молоко'), cart([{ xml_id: 1 }]), search('хлеб'), cart([{ xml_id: 2 }]), 'Готово']
    const { assistant, requests, shop, users } = setup({ script })

    const answer = await assistant.answer({ ...question('молоко'), ...sendsAt('end', 1, 'ой нет, лучше хлеб') })

    expect(shop.carts.map(items => items.map(({ xmlId }) => xmlId))).toEqual([[2]])
    expect(users.created).toHaveLength(1)
    expect(answer.cart?.lines.map(({ product }) => product.name)).toEqual(['Хлеб ржаной'])
    // the model reads it as if it had been written in one message: nothing of the first attempt is left
    expect(requests[2]?.messages.slice(1)).toEqual([{ role: 'user', content: 'молоко\nой нет, лучше хлеб' }])
  })

  test('before words are final: they are not shown', async () => {
    const { assistant, dialogue } = setup({ script: ['Что приготовить?', 'Сварите борщ'] })

    const answer = await assistant.answer({ ...question('ужин'), ...sendsAt('end', 1, 'например суп') })

    expect(answer.text).toBe('Сварите борщ')
    expect(dialogue.saves.at(-1)).toEqual([
      { role: 'user', content: 'ужин\nнапример суп' },
      { role: 'assistant', content: 'Сварите борщ' },
    ])
  })

  test('costs no search twice, and no event twice', async () => {
    const script = [search('молоко'), search('молоко'), search('хлеб'), 'Вот']
    const { assistant, shop, events } = setup({ script })

    await assistant.answer({ ...question('молоко'), ...sendsAt('turn', 2, 'и хлеб') })

    expect(shop.searches.map(({ query }) => query)).toEqual(['молоко', 'хлеб'])
    expect(events.filter(({ type }) => type === 'product_search').map(({ metadata }) => metadata)).toMatchObject([
      { query: 'молоко' },
      { query: 'хлеб' },
    ])
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
  })

  test('keeps out of «не нашёл» what only the old wish lacked', async () => {
    const script = [search('гуанчале'), search('молоко'), cart([{ xml_id: 1 }]), 'Готово']
    const { assistant } = setup({ script })

    const answer = await assistant.answer({ ...question('гуанчале'), ...sendsAt('turn', 2, 'нет, молоко') })

    expect(answer.cart?.notFound).toEqual([])
  })

  test('after a button is judged by its words: it does not pass off a new cart as a correction', async () => {
    const lastCart: LastCart = {
      ...{ cartNumber: 1, revision: 0, madeAt: new Date('2026-11-22T08:50:00Z'), totalMinor: null, link: '' },
      lines: [{ product: milk, q: 1, priceMinor: null, sumMinor: null }],
    }
    const script = [search('хлеб'), cart([{ xml_id: 2 }]), 'Готово']
    const { assistant, users } = setup({ script, users: { lastCart } })
    const pressed = { ...question('дешевле', { user: userState({ hasLastCart: true }) }), correctsLast: true }

    await assistant.answer({ ...pressed, ...sendsAt('turn', 1, 'и собери хлеб') })

    expect(users.created).toMatchObject([{ cart: { revises: false } }])
  })

  test('after the cart was made is left to the next answer', async () => {
    const { assistant } = setup({ script: breakfast })
    const { looks, takeNewer } = sendsAt('turn', 99, '')

    await assistant.answer({ ...question('молоко, хлеб'), takeNewer })

    // three turns before the cart, and once before its link
    expect(looks).toEqual(['turn', 'turn', 'turn', 'end'])
  })
})
