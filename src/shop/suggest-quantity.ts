import { toThousandths } from './cart-items.ts'
import type { Product } from './shop.ts'
import { maxQuantity } from './tools.ts'
import { eggsInPack, isFractional, piecesInPack } from './units.ts'

/** Amount of one ingredient of a recipe. The equivalents, if given, take precedence over `quantity` and `unit`. */
export interface RecipeNeed {
  /** Name of the ingredient, from which the usual weight of a piece is known. */
  name: string
  quantity: number
  /** кг, г, л, мл, шт, ст.л., ч.л., пучок, зубчик */
  unit: string
  kg?: number | undefined
  l?: number | undefined
  packs?: number | undefined
}

/** Kilograms of a usual piece, by the beginning of its name. */
const pieceKg: [beginning: RegExp, kg: number][] = [
  [/^(?:картоф|картош|морков|помидор|томат|перец|перц)/i, 0.15],
  [/^(?:свекл|свёкл|баклажан|кабач)/i, 0.3],
  [/^лук/i, 0.1],
  [/^яблок/i, 0.2],
  [/^огур/i, 0.12],
  [/^(?:лимон|лайм)/i, 0.12],
  [/^(?:банан|апельсин|авокадо|груш)/i, 0.2],
]
/** Estimated kilograms of measures without a known weight, for goods sold by weight. Closer than a default of 1 kg. */
const looseKgInUnit: Record<string, number> = { шт: 0.2, 'ст.л.': 0.02, 'ч.л.': 0.01, зубчик: 0.01, пучок: 0.05 }

const kgInUnit: Record<string, number> = { кг: 1, г: 0.001, гр: 0.001, л: 1, мл: 0.001 }
const mostPacks = 5
const mostPieces = 10

/** Suggests how much of `product` to buy for an ingredient, in the unit of the product; bounded above. */
export function suggestQuantity(product: Product, need: RecipeNeed): number {
  const kg = kilograms(need)
  if (isFractional(product.unit)) {
    const perUnit = looseKgInUnit[need.unit]
    const byEye = perUnit !== undefined && isPositive(need.quantity) ? need.quantity * perUnit : 1
    return clamp(toThousandths(kg ?? byEye), 0.05, maxQuantity)
  }
  if (isPositive(need.packs)) return clamp(Math.ceil(need.packs), 1, mostPacks)
  if (need.unit === 'шт') {
    const inPack = eggsInPack(product.name) ?? piecesInPack(product.name)
    if (inPack !== null) return clamp(Math.ceil(need.quantity / inPack), 1, mostPacks)
  }
  if (kg !== null && product.weightGrams !== null)
    return clamp(Math.ceil(toThousandths((kg * 1000) / product.weightGrams)), 1, mostPacks)
  // spoons, cloves and bunches: one pack is enough
  return need.unit === 'шт' ? clamp(Math.ceil(need.quantity), 1, mostPieces) : 1
}

/** A litre counts as a kilogram. */
function kilograms({ name, quantity, unit, kg, l }: RecipeNeed): number | null {
  if (isPositive(kg)) return kg
  if (isPositive(l)) return l
  if (!isPositive(quantity)) return null
  const perUnit = unit === 'шт' ? pieceWeightKg(name) : kgInUnit[unit]
  return perUnit === undefined ? null : quantity * perUnit
}

const pieceWeightKg = (name: string): number | undefined =>
  pieceKg.find(([beginning]) => beginning.test(name.normalize('NFC').trim()))?.[1]

const isPositive = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value) && value > 0

const clamp = (value: number, min: number, max: number) =>
  Number.isFinite(value) ? Math.min(Math.max(value, min), max) : min
