import type { Price, Product } from '../shop.ts'

/** A product with default fields. */
export const aProduct = (overrides: Partial<Product> = {}): Product => ({
  id: 1,
  xmlId: 1,
  name: 'Молоко 3,2%, 1 л',
  price: aPrice(),
  unit: 'шт',
  weightGrams: null,
  rating: null,
  url: null,
  ...overrides,
})

export const aPrice = (overrides: Partial<Price> = {}): Price => ({
  currentMinor: 9300,
  oldMinor: null,
  condition: null,
  ...overrides,
})
