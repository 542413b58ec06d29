import { describe, expect, test } from 'vitest'
import { maskPersonalData, withoutPersonalData } from '../../src/telemetry/masking.ts'

describe('a number of goods is no card', () => {
  test.each([
    ['EAN-13 that fits Luhn', 'код 4601234567890'],
    ['EAN-13', 'штрихкод 4607025390046'],
    ['thirteen digits of an old card', '4222222222222'],
    ['GTIN-14 of a box', '30012345678906'],
    ['a number outside every range that is issued', '7777777777777777'],
  ])('%s', (_kind, text) => {
    expect(maskPersonalData(text)).toBe(text)
  })
})

describe('a phone in the digits of any script', () => {
  test.each(['+７９９９１２３４５６７', '٨٩٩٩١٢٣٤٥٦٧', '८९९९१२३४५६७', '8️⃣9️⃣9️⃣9️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣'])('%s', text => {
    expect(maskPersonalData(text)).toBe('[phone]')
    expect(maskPersonalData(`звоните ${text}, спасибо`)).toBe('звоните [phone], спасибо')
  })
})

describe('a phone, a card, a mailbox in an unusual spelling', () => {
  test.each([
    ['[phone]', '8\t916\t123\t45\t67'],
    ['[phone]', '8\n916\n123\n45\n67'],
    ['[phone]', '8\u2009916\u202f123\u200945\u202f67'],
    ['[phone]', '8\u200b916\u2060123\u200d45\ufeff67'],
    ['[phone]', '8/916/123/45/67'],
    ['[phone]', '8_916_123_45_67'],
    ['[phone]', '8.916.123.45.67'],
    ['[phone]', '8 9 1 6 1 2 3 4 5 6 7'],
    ['[phone]', '+998 90 123 45 67'],
    ['[card]', '4111.1111.1111.1111'],
    ['[card]', '4111  1111  1111  1111'],
    ['[card]', '4111 1111 11111111'],
    ['[card]', '4000 0000 0000 0000 006'],
    ['[email]', 'a @ b.ru'],
    ['[email]', 'a(at)b.ru'],
    ['[email]', 'иван@почта.рф'],
  ])('%s: %j', (mark, text) => {
    expect(maskPersonalData(text)).toBe(mark)
  })
})

describe('the shop learns nothing of the user', () => {
  test.each([
    ['торт для Анны', 'торт'],
    ['торт меня зовут Анна', 'торт'],
    ['торт кв. 12', 'торт'],
    ['молоко 3,2% для каши', 'молоко 3,2% для каши'],
  ])('«%s» is searched as «%s»', (query, searched) => {
    expect(withoutPersonalData(query)).toBe(searched)
  })
})
