import { describe, expect, test } from 'vitest'
import { oneGoMs, processorMs } from '../../test/support/processor-time.ts'
import { parseCartLink } from './cart-link.ts'
import { parseDetails } from './details-parser.ts'
import { plainLine, plainText } from './plain-text.ts'
import { parsePrice } from './price-parser.ts'
import { parseProduct } from './product-parser.ts'
import { parseSearch } from './search-parser.ts'
import { sampleResult } from './testing/samples.ts'
import { McpResult, readToolResult } from './tool-result.ts'

const sampleData = (name: Parameters<typeof sampleResult>[0]) =>
  readToolResult(McpResult.parse(sampleResult(name)), data => data)
const raw = { id: 1, xml_id: 2, name: 'Сыр', price: { current: 10, currency: 'RUB' }, unit: 'шт' }

describe('recorded answers', () => {
  test('a search page parses, with decoded names and prices in kopecks', () => {
    const page = parseSearch(sampleData('search-milk'))

    expect(page).toMatchObject({ total: 837, skipped: 0 })
    expect(page.products).toHaveLength(3)
    expect(page.products[0]).toEqual({
      id: 36296,
      xmlId: 36296,
      name: 'Молоко 2,5% в бутылке, 900 мл',
      price: { currentMinor: 10000, oldMinor: null, condition: null },
      unit: 'шт',
      weightGrams: 900,
      rating: null,
      url: null,
    })
  })

  test('a product card parses, without the property that has no value', () => {
    const card = parseDetails(sampleData('product-details'))

    expect(card).toMatchObject({
      name: 'Молоко 3,2%, 1 л',
      description: 'Пастеризованное молоко.',
      rating: { average: 4.8, count: 1234 },
      url: 'https://vkusvill.ru/goods/moloko-3-173/',
      nutrition: { kcal: 60, protein: 3, fat: 3.2, carbs: 4.7 },
    })
    expect(Object.keys(card.properties)).toEqual([
      'Состав',
      'Пищевая и энергетическая ценность в 100 г',
      'Срок годности',
      'Условия хранения',
    ])
  })

  test('a cart link parses', () => {
    expect(parseCartLink(sampleData('cart-link'))).toEqual({
      link: 'https://vkusvill.ru/?share_basket=1239890060',
      affiliateTag: null,
    })
  })
})

describe('what no card of the shop has', () => {
  test('a name and a unit without end are cut', () => {
    const product = parseProduct({ ...raw, name: 'я'.repeat(1_000_000), unit: 'щ'.repeat(1_000_000) })

    expect([product?.name.length, product?.unit.length]).toEqual([200, 20])
  })

  test('a name of broken characters is text', () => {
    expect(parseProduct({ ...raw, name: 'Сыр\u0000\uD800 мягкий' })?.name).toBe('Сыр мягкий')
  })

  test('a cut name ends with a whole character', () => {
    expect(parseProduct({ ...raw, name: '🥛'.repeat(500) })?.name).toMatch(/^🥛+…$/u)
  })

  test('a price for another unit than the product is sold by is none', () => {
    const price = { current: '93 ₽/кг' }

    expect(parseProduct({ ...raw, price, unit: 'за кг' })?.price?.currentMinor).toBe(9300)
    expect(parseProduct({ ...raw, price, unit: 'шт' })?.price).toBeNull()
  })

  test('what is sold by a portion weighs as much as the portion', () => {
    expect(parseProduct({ ...raw, unit: '100 г' })).toMatchObject({ unit: '100 г', weightGrams: 100 })
    expect(parseProduct({ ...raw, unit: '1 кг' })).toMatchObject({ unit: 'кг', weightGrams: null })
  })

  test('a price beyond belief is none', () => {
    const price = (current: unknown) => parsePrice({ current, currency: 'RUB' })

    expect([1e308, '9'.repeat(400), 1_000_001].map(price)).toEqual([null, null, null])
    expect(parsePrice({ current: 10, old: 1e308, currency: 'RUB' })).toMatchObject({ oldMinor: null })
  })

  test.each([0.5, -3, 1e308])('a total of %s is not believed', total => {
    expect(parseSearch({ items: [raw], meta: { total } }).total).toBe(1)
  })

  test('a page and a card of a thousand entries are cut', () => {
    const many = <T>(entry: T) => Array.from({ length: 1000 }, () => entry)
    const properties = many(0).map((_, i) => ({ name: `Свойство ${i}`, value: 'x'.repeat(20_000) }))

    expect(parseSearch({ items: many(raw) }).products).toHaveLength(100)
    const card = parseDetails({ ...raw, properties, description: 'я'.repeat(1_000_000) })
    expect(JSON.stringify(card).length).toBeLessThan(620_000)
    expect(Object.keys(card.properties)).toHaveLength(60)
  })

  // a pattern of quadratic time would need minutes here
  test('a megabyte of unclosed tags is read in one go', () => {
    const text = '<a '.repeat(300_000)

    const tookMs = processorMs(() => {
      expect(plainText(text).length).toBeLessThan(10_001)
    })

    expect(tookMs).toBeLessThan(oneGoMs)
  })
})

describe('search page', () => {
  test('items that cannot be read are left out and counted', () => {
    const items = [raw, null, 'text', { ...raw, xml_id: 0 }, { ...raw, xml_id: 'x' }, { ...raw, name: '&nbsp;' }]

    expect(parseSearch({ items })).toMatchObject({ products: [{ xmlId: 2 }], skipped: 5, total: 1 })
  })

  test.each([[undefined], [null], ['[]'], [{}], [{ items: null }], [{ items: {} }]])('%j is not one', data => {
    expect(() => parseSearch(data)).toThrow(expect.objectContaining({ name: 'MCPError', code: 'unreadable' }))
  })

  test('the total is never less than what was found', () => {
    expect(parseSearch({ items: [raw], meta: { total: '0' } }).total).toBe(1)
  })
})

describe('product', () => {
  test('zero-padded string ids are numbers', () => {
    expect(parseProduct({ ...raw, id: '000173', xml_id: '0000036296' })).toMatchObject({ id: 173, xmlId: 36296 })
  })

  test('without its own id the one of the cart is taken', () => {
    expect(parseProduct({ ...raw, id: undefined })).toMatchObject({ id: 2, xmlId: 2 })
  })

  test.each([
    ['loose goods have no weight', undefined, null],
    ['kilograms', { value: 0.924, unit: 'кг' }, 924],
    ['grams', { value: '180', unit: 'г.' }, 180],
    ['litres', { value: 1.5, unit: 'л' }, 1500],
    ['grams spelled out', { value: 500, unit: 'грамм' }, 500],
    ['a unit with its number', { value: '1,5', unit: '1 кг' }, 1500],
    ['an amount as the value', { value: '500 г', unit: null }, 500],
    ['text', '0,5 л', 500],
    ['text with entities', '250&nbsp;гр.', 250],
    ['a range', '400–500 г', null],
    ['two readings', { value: '1,500', unit: 'г' }, null],
    ['per hundred grams', { value: 5, unit: '100 г' }, null],
    ['an unknown unit', { value: 1, unit: 'шт' }, null],
    ['zero', { value: 0, unit: 'кг' }, null],
    ['not an object', 5, null],
  ])('weight: %s', (_, weight, grams) => {
    expect(parseProduct({ ...raw, weight })?.weightGrams).toBe(grams)
  })

  test.each([
    [
      [
        { id: 1, name: 'Молоко,&nbsp;сливки', slug: 'm' },
        { id: 2, name: 'Молочные продукты' },
      ],
      ['Молоко, сливки', 'Молочные продукты'],
    ],
    [[null, {}, { name: '' }, 'Сыры'], ['Сыры']],
    [[], undefined],
    ['Сыры', undefined],
    [null, undefined],
  ])('category %j is %j', (category, expected) => {
    expect(parseProduct({ ...raw, category })?.category).toEqual(expected)
  })

  test.each([
    [undefined, 'шт'],
    ['КГ', 'кг'],
    ['шт.', 'шт'],
    ['за 1 кг', 'кг'],
    ['kg', 'кг'],
    ['100&nbsp;г', '100 г'],
    ['&nbsp;', 'шт'],
  ])('unit %j is %j', (unit, expected) => {
    expect(parseProduct({ ...raw, unit })?.unit).toBe(expected)
  })

  test.each([
    ['https://vkusvill.ru/goods/a-1/', 'https://vkusvill.ru/goods/a-1/'],
    ['/goods/a-1/', 'https://vkusvill.ru/goods/a-1/'],
    ['http://vkusvill.ru/goods/a-1/', null],
    ['https://vkusvill.ru.evil.example/', null],
    ['https://evil-vkusvill.ru/', null],
    ['https://user@vkusvill.ru/', null],
    ['https://vkusvill.ru:8443/', null],
    ['javascript:alert(1)', null],
    ['https://', null],
  ])('url %j becomes %j', (url, expected) => {
    expect(parseProduct({ ...raw, url })?.url).toBe(expected)
  })
})

describe('price', () => {
  test.each([
    ['a whole number', { current: 93, currency: 'RUB' }, 9300],
    ['noise of floating point', { current: 99.99000000000001, currency: 'RUB' }, 9999],
    ['less noise than truth', { current: 0.28999999999999998, currency: 'RUB' }, 29],
    ['a string', { current: '1234,50' }, 123450],
    ['a string with its currency', { current: '93.50 ₽' }, 9350],
    ['thousands set apart', { current: '1&nbsp;299,90 руб.' }, 129990],
    ['roubles and kopecks', { current: '93 руб. 5 коп.' }, 9305],
    ['kopecks', { current: '9350 коп.' }, 9350],
    ['the currency first', { current: '₽ 93' }, 9300],
    ['per piece', { current: '93 ₽/шт.' }, 9300],
    ['text alone', '93,5 р.', 9350],
    ['roubles by another name', { current: 93, currency: 'руб.' }, 9300],
    ['a currency with spaces', { current: 93, currency: ' RUB ' }, 9300],
    ['a currency of spaces', { current: 93, currency: '  ' }, 9300],
    ['an empty currency', { current: 93, currency: '' }, 9300],
    ['currency null', { current: 93, currency: null }, 9300],
    ['the highest that is believed', { current: 1_000_000 }, 100_000_000],
  ])('%s is counted in kopecks', (_, price, minor) => {
    expect(parsePrice(price)?.currentMinor).toBe(minor)
  })

  test.each([
    [null],
    [undefined],
    [93],
    [{}],
    [{ current: null }],
    [{ current: 0 }],
    [{ current: -5 }],
    [{ current: 'дорого' }],
    [{ current: 5, currency: 'USD' }],
    ['93'],
    [{ current: '1,299' }],
    [{ current: '93 50' }],
    [{ current: '93-50' }],
    [{ current: 'от 93 ₽' }],
    [{ current: '93 ₽ за 100 г' }],
    [{ current: '93 ₽/кг' }],
    [{ current: '93⁵⁰ ₽' }],
    [{ current: '93 ₽ 50' }],
    [{ current: '$93' }],
    [{ current: '93.505 ₽' }],
    [{ current: 1_000_000.01 }],
    [{ current: true }],
  ])('%j is unknown, and the product stays', price => {
    expect(parseProduct({ ...raw, price })).toMatchObject({ name: 'Сыр', price: null })
  })

  test('an old price is retained if it is the higher one', () => {
    expect(parsePrice({ current: 80, old: 100 })?.oldMinor).toBe(10000)
    expect(parsePrice({ current: 80, old: 80 })?.oldMinor).toBeNull()
    expect(parsePrice({ current: 80, old: null })?.oldMinor).toBeNull()
  })

  test.each([
    ['absent', undefined, null],
    ['null', null, null],
    ['empty', '', null],
    ['false', false, null],
    ['longer than 200 characters', 'а'.repeat(201), 'а'.repeat(200)],
    ['a list with null', [null, 'по карте'], 'по карте'],
    ['an empty list', [], null],
    ['an empty object', {}, null],
    ['text with entities', 'от&nbsp;2&nbsp;шт', 'от 2 шт'],
    ['an object', { title: 'Скидка', text: 'от 2<br>шт', active: true }, 'Скидка. от 2 шт'],
    ['a list', ['онлайн', 'по карте'], 'онлайн. по карте'],
    ['without words', true, 'по условиям акции'],
    ['numbers alone', { id: 7 }, 'по условиям акции'],
  ])('discount condition: %s', (_, discount_info, condition) => {
    expect(parsePrice({ current: 80, old: 100, discount_info })?.condition).toBe(condition)
  })
})

describe('text', () => {
  test('letters are composed', () => {
    expect(plainLine('Йогурт и щёлочь'.normalize('NFD'))).toBe('Йогурт и щёлочь')
  })

  test('entities are decoded and every space is a plain one', () => {
    expect(plainLine(' &laquo;Сыр&raquo; &quot;А&amp;Б&quot;,\u00a0 200&nbsp;г\u200b\u00ad \n')).toBe(
      '«Сыр» "А&Б", 200 г',
    )
  })

  test('line breaks of the page become line breaks, other tags go', () => {
    expect(plainText('Первый<br>Второй<BR />\n<p>Третий <b>важный</b></p>t&deg; 2 < 6')).toBe(
      'Первый\nВторой\nТретий важный\nt° 2 < 6',
    )
  })

  test('a property named like a prototype is only a property', () => {
    const card = parseDetails({ ...raw, properties: [{ name: '__proto__', value: 'x' }, 5, { name: 'Состав' }] })

    expect(Object.entries(card.properties)).toEqual([['__proto__', 'x']])
  })

  test.each([[null], [{}], [[]], [{ ...raw, xml_id: undefined }]])('%j is not a product card', data => {
    expect(() => parseDetails(data)).toThrow(expect.objectContaining({ code: 'unreadable' }))
  })
})

describe('cart link', () => {
  test.each([
    ['https://vkusvill.ru/?share_basket=1'],
    ['https://www.vkusvill.ru/?share_basket=1'],
    ['https://vkusvill.ru?share_basket=1'],
  ])('%s is rebuilt', link => {
    expect(parseCartLink({ link })).toEqual({ link: 'https://vkusvill.ru/?share_basket=1', affiliateTag: null })
  })

  test.each([
    ['http://vkusvill.ru/?share_basket=1'],
    ['https://vkusvill.ru.evil.example/?share_basket=1'],
    ['https://evil.example/?share_basket=1'],
    ['https://m.vkusvill.ru/?share_basket=1'],
    ['https://user@vkusvill.ru/?share_basket=1'],
    ['https://vkusvill.ru:443/?share_basket=1'],
    ['https://vkusvill.ru/cart?share_basket=1'],
    ['https://vkusvill.ru/?share_basket=1&utm_source=x'],
    ['https://vkusvill.ru/?share_basket=1#x'],
    ['https://vkusvill.ru/?share_basket='],
    ['https://vkusvill.ru/?share_basket=123456789012345678901'],
    ['https://vkusvill.ru/?share_basket=12a'],
    ['https://vkusvill.ru/?share_basket=1\n'],
    [' https://vkusvill.ru/?share_basket=1'],
    ['javascript:alert(1)'],
    [''],
  ])('%j is refused', link => {
    expect(() => parseCartLink({ link })).toThrow(expect.objectContaining({ name: 'MCPError', code: 'bad_link' }))
  })

  const affiliate = { param: 'partner', tag: 'bot-1' }
  test('the partner mark is put behind it', () => {
    expect(parseCartLink({ link: 'https://vkusvill.ru/?share_basket=1' }, affiliate)).toEqual({
      link: 'https://vkusvill.ru/?share_basket=1&partner=bot-1',
      affiliateTag: 'bot-1',
    })
  })

  test.each(['https://vkusvill.ru/?share_basket=1&partner=other', 'https://vkusvill.ru/?partner=other&share_basket=1'])(
    'the mark that %s carries already stays, and is the one named',
    link => {
      expect(parseCartLink({ link }, affiliate)).toEqual({
        link: 'https://vkusvill.ru/?share_basket=1&partner=other',
        affiliateTag: 'other',
      })
    },
  )

  test.each([
    'https://vkusvill.ru/?share_basket=1&utm_source=x',
    'https://vkusvill.ru/?share_basket=1&partner=a&partner=b',
    'https://vkusvill.ru/?share_basket=1&partner=',
    'https://vkusvill.ru/?partner=a',
    'https://vkusvill.ru/?share_basket=1&partner=<b>',
    'https://evil.example/?share_basket=1&partner=a',
  ])('%s is refused with a mark set, too', link => {
    expect(() => parseCartLink({ link }, affiliate)).toThrow(expect.objectContaining({ code: 'bad_link' }))
  })

  test('an answer without a link is unreadable', () => {
    expect(() => parseCartLink({})).toThrow(expect.objectContaining({ code: 'unreadable' }))
  })
})
