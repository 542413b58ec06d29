import type { Product } from '../../shop/shop.ts'
import { type ProductBrief, toBrief } from '../product-brief.ts'
import type { ProductCheck } from './check-product.ts'
import { nameRestriction } from './restriction.ts'

/** What the name of a found product says of the user's restrictions, as the model reads it. */
const verdictOf = (name: string, check: ProductCheck): string => {
  const verdict = check.checkName(name)
  if (verdict?.verdict === 'conflict') return `нельзя (${nameRestriction(verdict.restriction)})`
  return verdict === null || check.unjudged.length > 0 ? 'проверить' : 'можно'
}

/** A product as the model sees it, with the verdict when the user has restrictions. */
export const toCheckedBrief = (
  product: Product,
  today: string,
  check: ProductCheck,
): ProductBrief & { verdict?: string } => ({
  ...toBrief(product, today),
  ...(!(check.isEmpty && check.unjudged.length === 0) && { verdict: verdictOf(product.name, check) }),
})

/** The same products, those that are forbidden by name behind the others. */
export function allowedFirst(products: readonly Product[], check: ProductCheck): Product[] {
  const forbidden = check.isEmpty ? [] : products.filter(product => isForbidden(product, check))
  return [...products.filter(product => !forbidden.includes(product)), ...forbidden]
}

/** Whether the name alone shows that the user must not get it. */
export const isForbidden = ({ name }: Product, check: ProductCheck) => check.checkName(name)?.verdict === 'conflict'
