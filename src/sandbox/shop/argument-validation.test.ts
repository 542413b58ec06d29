import { expect, test } from 'vitest'
import { validate } from './argument-validation.ts'
import { toolDescriptions } from './tool-schemas.ts'

const errorsOf = (tool: string, args: unknown) => {
  const schema = toolDescriptions.find(({ name }) => name === tool)?.inputSchema
  return schema === undefined
    ? undefined
    : validate(args, schema).map(({ pointer, keyword }) => `${keyword} ${pointer}`)
}
const lines = (n: number) => Array.from({ length: n }, (_, i) => ({ xml_id: i + 1, q: 1 }))

test.each([
  ['vkusvill_products_search', {}],
  ['vkusvill_products_search', { q: 'молоко', page: 1, limit: 10, vvonly: 0, mode: 'custom', fields: ['id', 'price'] }],
  ['vkusvill_cart_link_create', { products: lines(30) }],
  ['vkusvill_cart_link_create', { products: [{ xml_id: 1, q: 0.01 }, { xml_id: 999_999_999, q: 40 }, {}] }],
  ['vkusvill_product_barcode', { barcode: '4600000000000' }],
  ['vkusvill_product_lp', { anything: 1 }],
])('%s takes %j', (tool, args) => {
  expect(errorsOf(tool, args)).toEqual([])
})

test.each([
  ['vkusvill_cart_link_create', {}, ['required /']],
  ['vkusvill_cart_link_create', { products: lines(31) }, ['maxItems /products']],
  ['vkusvill_cart_link_create', { products: {} }, ['type /products']],
  [
    'vkusvill_cart_link_create',
    { products: [{ xml_id: 0, q: 41 }] },
    ['minimum /products/0/xml_id', 'maximum /products/0/q'],
  ],
  [
    'vkusvill_cart_link_create',
    { products: [{ xml_id: '173', q: 0 }] },
    ['type /products/0/xml_id', 'minimum /products/0/q'],
  ],
  ['vkusvill_product_details', { id: 0 }, ['minimum /id']],
  ['vkusvill_product_details', { id: 1.5 }, ['type /id']],
  ['vkusvill_product_barcode', { barcode: '123' }, ['pattern /barcode']],
  ['vkusvill_products_search', { q: '' }, ['minLength /q']],
  ['vkusvill_products_search', { q: 'ы'.repeat(256) }, ['maxLength /q']],
  ['vkusvill_products_search', { q: 7, limit: 11, sort: 'cheap' }, ['type /q', 'maximum /limit', 'enum /sort']],
  ['vkusvill_products_search', { fields: ['id', 'stock'] }, ['enum /fields/1']],
  ['vkusvill_recipes', { sort: 'new', page: 1, q: '' }, ['required /']],
])('%s refuses %j', (tool, args, errors) => {
  expect(errorsOf(tool, args)?.toSorted()).toEqual(errors.toSorted())
})
