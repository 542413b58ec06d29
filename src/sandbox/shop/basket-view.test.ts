import { expect, test } from 'vitest'
import { viewBasket } from './basket-view.ts'
import { catalogue } from './catalogue.ts'
import type { DiscountCondition } from './product.ts'

const [any] = catalogue
if (any === undefined) throw new Error('the catalogue is empty')
const product = (xmlId: number, condition: DiscountCondition | null) => ({
  ...any,
  xmlId,
  name: `Товар ${xmlId}`,
  unit: 'шт',
  price: { current: 80.55, old: condition === null ? null : 100, condition },
})
const known = new Map(
  [
    product(1, null),
    product(2, { kind: 'quantity', from: 3 }),
    product(3, { kind: 'card' }),
    product(4, { kind: 'until', days: 2 }),
    { ...product(5, null), price: null },
  ].map(one => [one.xmlId, one]),
)

test.each([
  { xml_id: 1, q: 2, sum: 161.1 },
  { xml_id: 2, q: 2, sum: 200 },
  { xml_id: 2, q: 3, sum: 241.65 },
  { xml_id: 3, q: 1, sum: 100 },
  { xml_id: 4, q: 1, sum: 80.55 },
  { xml_id: 5, q: 1, sum: null },
])('$q of product $xml_id cost $sum', ({ xml_id, q, sum }) => {
  const view = viewBasket([{ xml_id, q }], known)

  expect(view.lines.map(line => line.sum)).toEqual([sum])
  expect(view.total).toBe(sum ?? 0)
})
