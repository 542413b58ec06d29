import { describe, expect, test } from 'vitest'
import type { LastCart } from '../../users/users.ts'
import { bread, breakfast, cart, cheese, milk, search, setup } from '../testing/assistant-setup.ts'
import { question as ask, product, userState } from '../testing/fakes.ts'

const line = (bought: typeof milk, q = 1) => ({ product: bought, q, priceMinor: null, sumMinor: null })
/** Made ten minutes before the clock of the test. */
const lastCart: LastCart = {
  lines: [line(milk), line(cheese)],
  totalMinor: 44_050,
  link: 'https://vkusvill.ru/?share_basket=7',
  cartNumber: 5,
  revision: 2,
  madeAt: new Date('2026-11-22T08:50:00Z'),
}
const question = (text: string) => ask(text, { user: userState({ hasLastCart: true }) })
const usedUp = { cartsCreated: 5, cartLimit: 5, lastCart }

const change = (products: { xml_id: number; q?: number }[], changes_previous: unknown = true) => {
  const { call, args } = cart(products)
  return { call, args: { ...args, changes_previous } }
}
const names = (lines: { product: { name: string } }[] | undefined) => lines?.map(({ product: { name } }) => name)

describe('a correction of the last cart', () => {
  test('is made with the allowance used up, stored as one, and shows what changed', async () => {
    const script = [search('хлеб'), change([{ xml_id: 1, q: 2 }, { xml_id: 2 }]), 'Убрала сыр']
    const { assistant, users, events } = setup({ script, users: usedUp })

    const { cart: view, limit } = await assistant.answer(question('убери сыр, добавь хлеб, молока два'))

    expect(limit).toBeNull()
    expect(events.map(({ type }) => type)).not.toContain('cart_limit_reached')
    expect(users.created).toMatchObject([{ cart: { revises: true } }])
    expect(view?.revision).toBe(1)
    expect(names(view?.changes?.removed)).toEqual([cheese.name])
    expect(names(view?.changes?.added)).toEqual([bread.name])
    expect(view?.changes?.requantified).toMatchObject([{ from: 1, line: { q: 2, product: milk } }])
  })

  test.each(['true', 'да', 1, 'True'])('is one also when the model writes %j', async given => {
    const { assistant, users } = setup({ script: [change([{ xml_id: 1 }], given), 'Готово'], users: usedUp })

    await assistant.answer(question('убери сыр'))

    expect(users.created).toMatchObject([{ cart: { revises: true } }])
  })

  test('that would change nothing makes no link and no event, and shows the cart there is', async () => {
    const words = {
      call: 'vkusvill_cart_link_create',
      args: { ...change([{ xml_id: 3 }, { xml_id: 1 }]).args, message: 'Лишнее убрано' },
    }
    const script = [words, 'Не вышло убрать']
    const { assistant, users, shop } = setup({ script, users: usedUp })

    const answer = await assistant.answer(question('без мяса'))

    expect(shop.carts).toEqual([])
    expect(users.created).toEqual([])
    expect(answer.cart).toMatchObject({
      link: lastCart.link,
      revision: 2,
      changes: { removed: [], added: [], requantified: [] },
    })
    // what it wrote before it knew is not shown
    expect(answer.text).toBe('Не вышло убрать')
  })

  test('of which the database makes a new cart shows no changes', async () => {
    const outcome = { cartNumber: 6, revision: 0, cartsCreated: 6, cartLimit: 10, inviterPaid: null, repeat: false }
    const script = [change([{ xml_id: 1 }]), 'Готово']
    const { assistant } = setup({ script, users: { ...usedUp, outcome } })

    const { cart: view } = await assistant.answer(question('убери сыр'))

    expect(view).toMatchObject({ cartNumber: 6, revision: 0, changes: null })
  })
})

describe('a new cart', () => {
  test('passed off as a change of one that it keeps nothing of needs the allowance', async () => {
    const { assistant, users, shop } = setup({
      script: [search('хлеб'), change([{ xml_id: 2 }]), 'Увы'],
      users: usedUp,
    })

    const { limit } = await assistant.answer(question('хлеб'))

    expect(limit).toMatchObject({ cartsUsed: 5, cartLimit: 5 })
    expect([users.created, shop.carts]).toEqual([[], []])
  })

  test('of the same products is made when the model calls it new', async () => {
    const script = [change([{ xml_id: 1 }, { xml_id: 3 }], false), 'Готово']
    const { assistant, users } = setup({ script, users: { lastCart } })

    const { cart: view } = await assistant.answer(question('ещё одну такую же корзину'))

    expect(users.created).toMatchObject([{ cart: { revises: false } }])
    expect(view?.changes).toBeNull()
  })

  test('is made when the last one cannot be read', async () => {
    const { assistant, users } = setup({ script: breakfast })
    users.lastCart = () => Promise.reject(new Error('no database'))

    const { cart: view } = await assistant.answer(question('молоко, хлеб'))

    expect(view).toMatchObject({ revision: 0, changes: null })
  })
})

test('the messages taken into the answer are stored with the cart', async () => {
  const later = { key: '2:2', at: new Date('2026-11-22T09:00:01Z'), requestId: 'later' }
  const { assistant, users } = setup({ script: breakfast, products: [milk, bread, product(9, 'Соль')] })
  let isSent = false
  const takeNewer = async () => {
    if (isSent) return null
    isSent = true
    return { text: 'и хлеб', updates: [later] }
  }

  await assistant.answer({ ...question('молоко'), takeNewer })

  expect(users.created).toMatchObject([{ cart: { together: [later] } }])
})
