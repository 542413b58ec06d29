import type { CatalogueProduct } from './product.ts'

/** A well-formed EAN-13 made of the product's id. */
export function barcodeOf({ id }: CatalogueProduct): string {
  const digits = `460${String(id).padStart(9, '0')}`
  const sum = [...digits].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3), 0)
  return `${digits}${(10 - (sum % 10)) % 10}`
}
