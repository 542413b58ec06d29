import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LinkRequest, readLink } from './read-link.ts'

const free = (name: string, slug: string, price_rub: number | null = null) => ({ name, slug, exact: false, price_rub })
const exact = (name: string, slug: string, price_rub: number | null = null) => ({ name, slug, exact: true, price_rub })

test.each<[string, LinkRequest]>([
  ['Хабр, статья 26 ноября', free('Хабр, статья 26 ноября', 'khabr-statya-26-noyabrya')],
  ['Хабр, статья 26 ноября 15 000 ₽', free('Хабр, статья 26 ноября', 'khabr-statya-26-noyabrya', 15_000)],
  ['Хабр, статья 26 ноября, 15000₽', free('Хабр, статья 26 ноября', 'khabr-statya-26-noyabrya', 15_000)],
  ['Хабр 26 500 руб.', free('Хабр', 'khabr', 26_500)],
  ['Хабр 26 5000 рублей', free('Хабр 26', 'khabr-26', 5_000)],
  ['Подкаст – 999,50 р', free('Подкаст', 'podkast', 999.5)],
  ['Пост даром 0 ₽', free('Пост даром', 'post-darom', 0)],
  ['Листовки   во\nдворе', free('Листовки во дворе', 'listovki-vo-dvore')],
  ['Summer_Sale', free('Summer_Sale', 'Summer_Sale')],
  ['ref_anna', free('ref_anna', 'ref-anna')],
  ['🔥🔥', free('🔥🔥', 'link')],
  ['habr', free('habr', 'habr')],
  ['habr 30 000 ₽', free('habr', 'habr', 30_000)],
  ['Habr', free('Habr', 'habr-2')],
  ['Telegram!', free('Telegram!', 'telegram-2')],
  ['Кулинария ВК = vk-kulinary', exact('Кулинария ВК', 'vk-kulinary')],
  ['Кулинария ВК = vk-kulinary 5 000 ₽', exact('Кулинария ВК', 'vk-kulinary', 5_000)],
  ['Кулинария ВК 5 000 ₽ = vk-kulinary', exact('Кулинария ВК', 'vk-kulinary', 5_000)],
  ['Блог=https://t.me/shop_bot?start=Blog_1', exact('Блог', 'Blog_1')],
  ['Статья = habr', exact('Статья', 'habr')],
])('%j is understood', (payload, asked) => {
  expect(readLink(payload)).toEqual(asked)
})

test.each([
  ['', 'no_name'],
  ['15 000 ₽', 'no_name'],
  ['= summer', 'no_name'],
  ['я'.repeat(101), 'long_name'],
  ['Хабр 15.000 ₽', 'bad_price'],
  ['Хабр -5 ₽', 'bad_price'],
  ['Хабр много ₽', 'bad_price'],
  ['Хабр 9999999999999 ₽', 'bad_price'],
  ['Друг = ref_Ab3', 'bad_slug'],
  ['Друг = REF_1', 'bad_slug'],
  ['Блог = лето', 'bad_slug'],
  ['Блог =', 'bad_slug'],
  [`Блог = ${'x'.repeat(65)}`, 'bad_slug'],
])('%j is refused: %s', (payload, problem) => {
  expect(readLink(payload)).toBe(problem)
})

test('whatever the name, its slug is one that Telegram takes, with room for a number, and no invitation', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 120 }), fc.lorem()), text => {
      const asked = readLink(text)
      if (typeof asked === 'string' || asked.exact) return
      expect(asked.slug).toMatch(/^[A-Za-z0-9_-]{1,58}$/)
      expect(asked.slug).not.toMatch(/^ref_/i)
    }),
    { numRuns: 50 },
  )
})
