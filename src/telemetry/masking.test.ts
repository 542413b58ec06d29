import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oneGoMs, processorMs } from '../../test/support/processor-time.ts'
import { maskPersonalData, withoutPersonalData } from './masking.ts'

const botToken = `110201543:${'AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'}`

test.each([
  ['+7 (916) 123-45-67', '[phone]'],
  ['+79161234567', '[phone]'],
  ['8 916 123 45 67', '[phone]'],
  ['8-916-123-45-67', '[phone]'],
  ['89161234567', '[phone]'],
  ['9161234567', '[phone]'],
  ['8 (495) 123-45-67', '[phone]'],
  ['(495) 123-45-67', '[phone]'],
  ['495 123-45-67', '[phone]'],
  ['8 (4852) 12-34-56', '[phone]'],
  ['123-45-67', '[phone]'],
  ['+380 44 123 45 67', '[phone]'],
  ['тел.89161234567, звоните', 'тел.[phone], звоните'],
  ['+7 916 123 45 67 2 кг яблок', '[phone] 2 кг яблок'],
  ['ivan.petrov+vv@mail.ru', '[email]'],
  ['пишите на иван@почта.рф!', 'пишите на [email]!'],
  ['4111 1111 1111 1111', '[card]'],
  ['4111-1111-1111-1111 12/28', '[card] 12/28'],
  ['4111 1111 1111 1111 12', '[card] 12'],
  ['1234 4111 1111 1111 1111', '1234 [card]'],
  ['карта 2200123456789019.', 'карта [card].'],
  ['3782 822463 10005', '[card]'],
  ['ИНН 7707083893', 'ИНН [inn]'],
  ['ИНН 500100732259', 'ИНН [inn]'],
  ['СНИЛС 112-233-445 95', 'СНИЛС [snils]'],
  ['11223344595', '[snils]'],
  [botToken, '[token]'],
  [`https://api.telegram.org/bot${botToken}/getMe`, 'https://api.telegram.org/bot[token]/getMe'],
  ['Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x', 'Authorization: Bearer [secret]'],
  ['authorization: Basic dXNlcjpwYXNzd29yZA==', 'authorization: Basic [secret]'],
  ['postgres://bot:p@ss@db:5432/shop', 'postgres://[secret]@db:5432/shop'],
  [`postgres://bot:${'0f1e2d3c4b5a'.repeat(4)}@db:5432/shop`, 'postgres://[secret]@db:5432/shop'],
])('%s is masked', (text, masked) => {
  expect(maskPersonalData(text)).toBe(masked)
})

test.each([
  'молоко 3,2% 2 шт по 89,90 ₽, сыр 400 г, яблоки 2 кг',
  'корзина до 1500 рублей на 4 человек, 2000-2500 ккал',
  'товары 12345, 67890, 98765 и 100234',
  'цены 7 500.00 и 12 999.90, всего 20 499.90 ₽',
  '7 500.00 200.50',
  '100 200 300 400 500',
  'штрихкод 4607025390046',
  '2025-11-22T15:32:15.123Z',
  '22.11.2025 15:32',
  'https://vkusvill.ru/goods/xmlid/51234?from=2025-11-01',
  'basic vegetables и bearer bread',
  'https://shop.vkusvill.ru/cart?share_basket=1234567',
  'a4f1c2d3-9161-2345-8790-89161234567a',
  'нули 0000000000 и 000-000-000 00',
  'Luhn не сходится: 4111 1111 1111 1112',
  'ИНН с ошибкой 7707083894',
  'СНИЛС с ошибкой 112-233-445 96',
  'почта без домена: иван@ и @vkusvill',
])('%s stays as it is', text => {
  expect(maskPersonalData(text)).toBe(text)
})

test.each([
  ['меня зовут Анна', 'меня зовут [name]'],
  ['Меня зовут анна петрова, хочу молоко', 'Меня зовут [name], хочу молоко'],
  ['моё имя — Ильдар', 'моё имя — [name]'],
  ['это Анна, привезите к обеду', 'это [name], привезите к обеду'],
  ['я Маша', 'я [name]'],
  ['торт для Анны Сергеевны', 'торт для [name]'],
  ['торт для ольги', 'торт для [name]'],
  ['торт на день рождения дочки Маши', 'торт на день рождения дочки [name]'],
  ['получатель: Пётр Сидоров', 'получатель: [name]'],
  ['Иванов Иван Иванович', '[name]'],
  ['меня зовут Анна\nМолоко 2 л', 'меня зовут [name]\nМолоко 2 л'],
  ['ул. Ленина, 5', '[address]'],
  ['улица Ленина дом 5 кв 12', '[address]'],
  ['ул ленина 5', '[address]'],
  ['Птичий переулок 7', '[address]'],
  ['птичий переулок', '[address]'],
  ['на Тверской улице, 5, подъезд 2, домофон 12К34', 'на [address]'],
  ['ул. 8 Марта, д. 3к2, кв 10: два хлеба', '[address]: два хлеба'],
  ['1-я Тверская-Ямская улица 12', '[address]'],
  ['кв. 12, 2 подъезд', '[address]'],
  ['дом 5', '[address]'],
  ['паспорт 4510 123456', 'паспорт [passport]'],
  ['паспорт серия 45 10 № 123456', 'паспорт серия [passport]'],
  ['тел. 45-67-89', 'тел. [phone]'],
  ['+375 29 123-45-67 2 кг яблок', '[phone] 2 кг яблок'],
])('«%s» becomes «%s»', (text, masked) => {
  expect(maskPersonalData(text)).toBe(masked)
})

test.each([
  'соус для Цезаря, мука для блинов, корм для кошек, торт для детей, что-то для Вас',
  'меня зовут в гости, нужно вино',
  'это молоко или это розы? я вера в кефир',
  'Иван-чай, печенье Мария, торт «Анна Павлова»',
  'на улице холодно, магазин на соседней улице, площадь 50 м, 5 кв. м, пицца на дом 2 штуки, дом 5 пицц',
  'к 5 часам, до 18:00, 9 мая, 30.10-05.11',
  '2-3 кг, 300/400/500 г, 900/1000/850 г, омега-3 1000 мг',
  'капучино 7.95 8.90 9.99 10',
  'с 8.9.2025-9.10.25',
  'короб 14607025390043, паллета 546070253900000013',
  'ISBN 978-5-699-12014-7',
  'заказ 12345678, xmlid 51234567',
  'штрихкод 4012345678901 и 4111111111119',
])('«%s» stays', text => {
  expect(maskPersonalData(text)).toBe(text)
})

test.each([
  ['+1 212 555 01 23', '[phone]'],
  ['+374 10 123456', '[phone]'],
  ['+993 12 345678', '[phone]'],
  ['+998 90 123 45 67', '[phone]'],
  ['+49 30 901820', '[phone]'],
  ['00 49 30 901820', '[phone]'],
  ['375 29 123-45-67', '[phone]'],
  ['998901234567', '[phone]'],
  ['8 029 123-45-67', '[phone]'],
  ['80291234567', '[phone]'],
  ['067 123 45 67', '[phone]'],
  ['495.123.45.67', '[phone]'],
  ['916/123/45/67', '[phone]'],
  ['916 123 4567', '[phone]'],
  ['9 1 6 1 2 3 4 5 6 7', '[phone]'],
  ['8 4 9 5 1 2 3 4 5 6 7', '[phone]'],
  ['8495 123 45 67', '[phone]'],
  ['8 (48522) 1-23-45', '[phone]'],
  ['(4852) 123456', '[phone]'],
  ['звоните мне по номеру 123456', 'звоните мне по номеру [phone]'],
  ['моб. 1234567', 'моб. [phone]'],
  ['Viber: 123456', 'Viber: [phone]'],
  ['WhatsApp 1234567', 'WhatsApp [phone]'],
])('%s is a phone number of some country or network', (text, masked) => {
  expect(maskPersonalData(text)).toBe(masked)
})

test.each([
  '+1 212 555 01',
  '+49 30 90182',
  'тел. 12345',
  '123 45 67',
  '495 123 45 67',
  '916_123_4567',
  '067 1234567',
  '123-45-67-8',
  '8 2 9 5 1 2 3 4 5 6 7',
  '1234-5-67',
  'натюрморт 123456',
])('%s has not the form of a phone number', text => {
  expect(maskPersonalData(text)).toBe(text)
})

test.each([
  [`7:${'a'.repeat(30)}`, '[token]'],
  ['bearer abcdefghijklmnopqrst', 'bearer [secret]'],
  ['Bearer  a1', 'Bearer  [secret]'],
  ['redis://:hunter@cache', 'redis://[secret]@cache'],
  ['basic YTpi', 'basic [secret]'],
])('the credentials in %s are masked', (text, masked) => {
  expect(maskPersonalData(text)).toBe(masked)
})

test.each([
  `7:${'a'.repeat(29)}`,
  'bearer abcdefghijklmnopqrs',
  'basic YWJj',
  'basic YToB',
  'https://example.org/a@b',
  '[phone] и [NAME]',
])('%s has no credentials', text => {
  expect(maskPersonalData(text)).toBe(text)
})

/** Digits of several scripts, and invisible characters. */
const zeros = ['0', '０', '٠', '۰', '०', '𝟎', '߀'].map(zero => zero.codePointAt(0) ?? 0)
const inScript = (digits: string, zero: number) =>
  Array.from(digits, digit => (/\d/.test(digit) ? String.fromCodePoint(zero + Number(digit)) : digit)).join('')
const invisible = fc.constantFrom('', '', '', '\u200b', '\u2060', '\u200e', '\u00ad', '\ufeff')
const separator = fc.constantFrom(
  ...['', ' ', '  ', '\t', '\n', '\u00a0', '\u2009', '\u202f', '-', '–', '‑', ' - ', '.', '·', '/', '_'],
)
/** Joins the groups with one separator, in the digits of one script, with invisible characters in between. */
const written = (groups: fc.Arbitrary<string[]>) =>
  fc.record({ groups, separator, zero: fc.constantFrom(...zeros), invisible }).map(spelling => {
    const text = inScript(spelling.groups.join(spelling.separator), spelling.zero)
    return Array.from(text).join(spelling.invisible)
  })
const digitsOf = (length: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
const subscriber = digitsOf(9).map(digits => `9${digits.join('')}`)
const cutInto = (text: string, sizes: readonly number[]) => {
  const end = (i: number) => sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0)
  return sizes.map((size, i) => text.slice(end(i) - size, end(i)))
}
const phoneGroups = fc
  .record({
    code: fc.constantFrom('+7', '8', '7'),
    digits: subscriber,
    sizes: fc.constantFrom([10], [3, 7], [3, 3, 4], [3, 3, 2, 2], [3, 2, 2, 3], Array<number>(10).fill(1)),
  })
  .map(({ code, digits, sizes }) => [code, ...cutInto(digits, sizes)])
const luhnDigit = (digits: string) => {
  const sum = Array.from(digits).reduceRight((total, digit, i) => {
    const value = Number(digit) * ((digits.length - i) % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return String((10 - (sum % 10)) % 10)
}
const cardGroups = fc
  .record({
    prefix: fc.constantFrom('4276', '2202', '5469', '5336', '2200', '6212', '3568', '9860'),
    digits: digitsOf(11),
    sizes: fc.constantFrom([16], [4, 4, 4, 4], [4, 4, 8], [8, 8], [6, 10], Array<number>(16).fill(1)),
  })
  .map(({ prefix, digits, sizes }) => {
    const known = prefix + digits.join('')
    return cutInto(known + luhnDigit(known), sizes)
  })
const mailbox = fc
  .record({
    local: fc.constantFrom('anna', 'ivan.petrov+vv', 'иван', 'a_b-c'),
    sign: fc.constantFrom('@', ' @ ', '@ ', '＠', '(at)', ' [at] ', '(собака)', ' собака '),
    domain: fc.constantFrom('mail.ru', 'почта.рф', 'sub.example.org', 'xn--80a1acny.xn--p1ai', 'mail . ru'),
  })
  .map(({ local, sign, domain }) => local + sign + domain)
const around = fc.constantFrom('', 'молоко ', 'хочу сыр, ', 'Заказ: ')

test.each([
  ['phone', written(phoneGroups)],
  ['card', written(cardGroups)],
  ['email', mailbox],
] as const)('every spelling of a %s is masked as a whole, and the shop is spared it', (mark, spelling) => {
  fc.assert(
    fc.property(around, spelling, (before, secret) => {
      expect(maskPersonalData(`${before}${secret}, спасибо`)).toBe(`${before}[${mark}], спасибо`)
      expect(withoutPersonalData(`${before}${secret}`)).not.toMatch(/[@\p{Nd}]/u)
    }),
    { numRuns: 2000 },
  )
})

test('shopping lists stay as they are', () => {
  const amount = fc.oneof(
    fc.integer({ min: 1, max: 999 }).map(n => `${n} г`),
    fc.integer({ min: 1, max: 99 }).map(n => `${n / 10} кг`.replace('.', ',')),
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 2, max: 20 })).map(([a, b]) => `${a}-${a + b} шт`),
    fc.integer({ min: 1, max: 99_999 }).map(n => `до ${n} ₽`),
    fc.integer({ min: 1, max: 9999 }).map(n => `за ${(n / 100).toFixed(2)}`),
    fc.constantFrom('3,2%', '2.5 %', '0,5 л', '10 шт по 89.90', 'от 100 до 200 руб', 'на 4 человек', '25.12.2026'),
  )
  const product = fc.constantFrom(
    ...['молоко', 'Сыр Маасдам', 'яйца С1', 'хлеб для тостов', 'корм для кошки', 'торт «Наполеон»', 'Иван-чай'],
    ...['это кефир', 'омега-3', 'Кола 0,33', 'пицца на дом', 'соус для Цезаря', 'чай «Майский»', 'моё любимое масло'],
  )
  const line = fc.tuple(product, amount).map(parts => parts.join(' '))
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.constantFrom(', ', '\n', '; '), (lines, glue) => {
      const list = lines.join(glue)
      expect(maskPersonalData(list)).toBe(list)
      expect(withoutPersonalData(list)).toBe(list)
    }),
    { numRuns: 3000 },
  )
})

test('text that is not masked stays unchanged, character by character', () => {
  const text = 'Ёжик 🦔 ½ кг, «ﬁга» ٣ шт\u00a0— №5\u200b, тел. ８９１６１２３４５６７ !'

  expect(maskPersonalData(text)).toBe(text.replace('８９１６１２３４５６７', '[phone]'))
})

const personal = fc.constantFrom(
  '+79161234567',
  '8 (916) 123-45-67',
  '123-45-67',
  'a@b.ru',
  '4111 1111 1111 1111',
  '4111111111111111',
  '7707083893',
  '112-233-445 95',
  botToken,
  'Bearer abcdefgh1234',
  'меня зовут Анна',
  'для Анны Петровой',
  'ул. Ленина, 5',
  'кв. 12',
  'Иван Петров',
  '://u:p@h',
)
const ordinary = fc.oneof(
  fc.constantFrom(
    ' ',
    '-',
    ', ',
    '7',
    '8',
    '0',
    ':',
    '@',
    '.',
    '[',
    ']',
    '/',
    '1 ',
    'д. ',
    'Анна ',
    ' Петров',
    '\u200b',
  ),
  fc.string(),
)
const anyText = fc.array(fc.oneof(personal, ordinary), { maxLength: 12 }).map(parts => parts.join(''))

test('masking twice is the same as masking once', () => {
  fc.assert(
    fc.property(anyText, text => {
      const once = maskPersonalData(text)
      expect(maskPersonalData(once)).toBe(once)
    }),
    { numRuns: 3000 },
  )
})

test('personal data is masked wherever it stands in a text', () => {
  const words = fc.array(fc.constantFrom('молоко', '2 кг', 'и', 'на', '350 ₽', 'сыр,'), { maxLength: 5 })
  fc.assert(
    fc.property(words, personal, words, (before, secret, after) => {
      expect(maskPersonalData([...before, secret, ...after].join(' '))).not.toContain(secret)
    }),
  )
})

test('numbers of goods, prices and amounts stay', () => {
  const amount = fc.oneof(
    fc.integer({ min: 0, max: 9_999_999 }).map(String),
    fc.double({ min: 0, max: 99_999, noNaN: true }).map(n => `${n.toFixed(2)} ₽`),
    fc.integer({ min: 1, max: 5000 }).map(n => `${n} г`),
  )
  fc.assert(
    fc.property(fc.array(amount, { maxLength: 6 }), amounts => {
      const text = amounts.join(', ')
      expect(maskPersonalData(text)).toBe(text)
    }),
  )
})

// a rule of quadratic time would need minutes here, and the test would time out
test.each([
  '1',
  'a',
  '1 ',
  '1-',
  '(1',
  '+7',
  'a@',
  'a.',
  '://',
  'a://',
  'bearer ',
  'basic a',
  '4111 ',
  '9',
  '1:a',
  '+7   1   1 ) 1   1   1   1   1   1   1',
  '4 ',
  '٨',
  'для Анны ',
  'Иван ',
  'улица Ленина ',
  'дом 5 ',
  'кв ',
  '\u200b',
])('a long text of nothing but "%s" is masked in linear time', unit => {
  const text = `${unit.repeat(100_000 / unit.length)} a@b.ru`

  const tookMs = processorMs(() => {
    const once = maskPersonalData(text)

    expect(maskPersonalData(once)).toBe(once)
  })

  expect(tookMs).toBeLessThan(oneGoMs)
})
