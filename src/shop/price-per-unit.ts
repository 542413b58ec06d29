import { offerOf } from './offer.ts'
import type { Product } from './shop.ts'
import { readAmount } from './units.ts'

/** Net amount of one unit of a product: kilograms, or litres for what is measured by volume. */
interface NetAmount {
  value: number
  per: 'кг' | 'л'
}

/** Kopecks of a kilogram or litre. */
interface PricePerUnit {
  minor: number
  per: 'кг' | 'л'
}

const volumeInName = /(?<!(?:[×x*]|(?<!\p{L})на)\s?)(?<!\d[.,]?)(\d+(?:[.,]\d+)?\s?(?:мл|л))(?![\p{L}\d])/iu
/** Grams of a millilitre between which a volume is that of the whole piece: spirits and oil to honey. */
const [lightest, heaviest] = [0.6, 1.6]

/**
 * What one unit of the product holds; null when neither its unit nor its weight says so. The shop states weights in
 * kilograms even of liquids, so a volume is read from the name («Молоко 3,2%, 900 мл»).
 */
function netAmount({ name, unit, weightGrams }: Pick<Product, 'name' | 'unit' | 'weightGrams'>): NetAmount | null {
  if (unit === 'кг' || unit === 'л') return { value: 1, per: unit }
  const stated = readAmount(volumeInName.exec(name)?.[1] ?? '')
  const litres = stated === null ? null : stated.value / (stated.unit === 'мл' ? 1000 : 1)
  if (weightGrams === null) return litres === null || litres === 0 ? null : { value: litres, per: 'л' }
  const kilograms = weightGrams / 1000
  if (litres === null || kilograms < litres * lightest) return { value: kilograms, per: 'кг' }
  // far heavier than its volume: several bottles of it
  return { value: kilograms <= litres * heaviest ? litres : kilograms, per: 'л' }
}

/** The price of a kilogram or litre by what one piece costs on the day `today`; null when price or amount is unknown. */
export function pricePerUnit(product: Product, today: string): PricePerUnit | null {
  const { priceMinor } = offerOf(product, 1, today)
  const amount = netAmount(product)
  if (priceMinor === null || amount === null) return null
  return { minor: Math.round(priceMinor / amount.value), per: amount.per }
}

/**
 * Sorts by price, products without one last: by the price of a kilogram where all have one, or of a litre, else by the price
 * of one piece. Stable.
 */
export function sortByPrice(products: readonly Product[], direction: 'asc' | 'desc', today: string): Product[] {
  const perUnit = products.map(product => pricePerUnit(product, today))
  const isComparable = perUnit.every(price => price !== null && price.per === perUnit[0]?.per)
  const keyed = products.map((product, i) => ({
    product,
    minor: isComparable ? (perUnit[i]?.minor ?? null) : offerOf(product, 1, today).priceMinor,
  }))
  const sign = direction === 'asc' ? 1 : -1
  return keyed
    .sort((a, b) => {
      if (a.minor === null || b.minor === null) return Number(a.minor === null) - Number(b.minor === null)
      return sign * (a.minor - b.minor)
    })
    .map(({ product }) => product)
}
