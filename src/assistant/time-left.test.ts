import { expect, test } from 'vitest'
import { TimeoutError } from '../errors.ts'
import { cart, search, searchAll, setup } from './testing/assistant-setup.ts'
import { question } from './testing/fakes.ts'

test('a cart may wait for the shop for what is left of the message, less a turn of the model', async () => {
  const { assistant, shop } = setup({
    script: [search('молоко'), cart([{ xml_id: 1 }]), 'Готово'],
    deadlineMs: 120_000,
  })

  await assistant.answer(question('молоко'))

  expect(shop.cartWaits).toEqual([105_000])
})

test('near the deadline no further search begins, and what was found becomes a cart', async () => {
  const { assistant, shop, results, advance } = setup({
    script: [searchAll('молоко', 'хлеб', 'сыр', 'яблоки', 'вагю'), cart([{ xml_id: 1 }]), 'Готово'],
    deadlineMs: 60_000,
  })
  const find = shop.search
  shop.search = async (query, options) => {
    advance(20_000)
    return await find.call(shop, query, options)
  }

  const answer = await assistant.answer(question('молоко, хлеб, сыр, яблоки, вагю'))

  expect(shop.searches.map(({ query }) => query)).toEqual(['молоко', 'хлеб', 'сыр'])
  expect(results()[0]).toMatchObject({ failed: ['яблоки', 'вагю'] })
  expect(answer).toMatchObject({ error: null, cart: { notFound: ['яблоки', 'вагю'] } })
})

test('a search that may not begin is a failure of the shop', async () => {
  const { assistant, shop, advance } = setup({
    script: [
      () => {
        advance(110_000)
        return search('молоко')
      },
      'Не успела',
    ],
    deadlineMs: 120_000,
  })

  const answer = await assistant.answer(question('молоко'))

  expect(shop.searches).toEqual([])
  expect(answer.error).toBeInstanceOf(TimeoutError)
})
