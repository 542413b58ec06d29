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

/** Kilograms of a usual piece, by its name. The first match counts, so what is small stands before what it is part of. */
const pieceKg: [name: RegExp, kg: number][] = [
  [/(?<!\p{L})лазан/iu, 0.02],
  [
    /(?<!\p{L})(?:лавр|лист(?:а|ов|ья|ик\p{L}*)?(?!\p{L})|веточ|гвоздик|горошин|кардамон|бадьян|лепест|стебел|нори(?!\p{L}))/iu,
    0.001,
  ],
  [/(?<!\p{L})(?:зубчик|оливки|оливок|маслин|каперс)/iu, 0.005],
  [/(?<!\p{L})(?:орех|миндал|фундук|фисташ|кешью|чернослив|кураг|финик)/iu, 0.008],
  [/(?<!\p{L})(?:черри|креветк|креветок|печенье|печений|савоярди|крекер|редис|шампиньон)/iu, 0.015],
  [/^(?:картоф|картош|морков|помидор|томат|перец|перц)/i, 0.15],
  [/^(?:свекл|свёкл|баклажан|кабач)/i, 0.3],
  [/^лук/i, 0.1],
  [/^чеснок/i, 0.05],
  [/^яблок/i, 0.2],
  [/^огур/i, 0.12],
  [/^(?:лимон|лайм)/i, 0.12],
  [/^(?:банан|апельсин|авокадо|груш)/i, 0.2],
]
/** Pieces up to this weight are not sold one by one. */
const smallPieceKg = 0.02
/** Estimated kilograms of measures without a known weight, for goods sold by weight. Closer than a default of 1 kg. */
const looseKgInUnit: Record<string, number> = { шт: 0.2, 'ст.л.': 0.02, 'ч.л.': 0.01, зубчик: 0.01, пучок: 0.05 }

const kgInUnit: Record<string, number> = { кг: 1, г: 0.001, гр: 0.001, л: 1, мл: 0.001 }
/** A recipe's count of pieces above this is rather a mistake of its author. */
const mostPieces = 10
/** Part of a pack or piece that a cook does without: 1.067 heads of garlic are one. */
const toleratedUnits = 0.1
/** Left over from this part of a pack on is reported. */
const notableSurplus = 0.5

/**
 * Suggests how much of `product` to buy for an ingredient, in the unit of the product: whole packs, not less than needed but
 * for `toleratedUnits`; one pack for spoons, cloves, leaves and pinches. `quantityNote` reports what differs from the need.
 */
export function suggestQuantity(product: Product, need: RecipeNeed): number {
  if (isFractional(product.unit)) {
    const perUnit = looseKgInUnit[need.unit]
    const byEye = perUnit !== undefined && isPositive(need.quantity) ? need.quantity * perUnit : 1
    return clamp(toThousandths(kilograms(need) ?? byEye), 0.05, maxQuantity)
  }
  const { units, counted } = neededUnits(product, need)
  const whole = Math.ceil(toThousandths((units ?? 1) - toleratedUnits))
  return clamp(whole, 1, counted ? mostPieces : maxQuantity)
}

/**
 * Adds what two dishes need of one thing: in the unit of both, else in grams as far as pieces and spoons have a known weight.
 * Null when their sum is unknown.
 */
export function addNeeds(a: RecipeNeed, b: RecipeNeed): Pick<RecipeNeed, 'quantity' | 'unit'> | null {
  if (a.unit === b.unit) return { quantity: toThousandths(a.quantity + b.quantity), unit: a.unit }
  const [first, second] = [a, b].map(need => kilograms(need) ?? byEyeKilograms(need))
  return first == null || second == null ? null : { quantity: Math.round((first + second) * 1000), unit: 'г' }
}

function byEyeKilograms({ quantity, unit }: RecipeNeed): number | null {
  const perUnit = looseKgInUnit[unit]
  return perUnit === undefined || !isPositive(quantity) ? null : quantity * perUnit
}

/** What the user must know of `q` units bought for an ingredient, in Russian: too little, or much left over; null for neither. */
export function quantityNote(product: Product, need: RecipeNeed, q: number): string | null {
  const needed = isFractional(product.unit)
    ? kilograms(need)
    : (neededUnits(product, need).units ?? byEyeUnits(product, need))
  if (needed === null) return null
  const amount = (units: number) => formatAmount(product, units)
  if (needed - q > 0.001) return `нужно ${amount(needed)}, а это ${amount(q)}: меньше на ${amount(needed - q)}`
  if (q < 2 || isFractional(product.unit) || q - needed < notableSurplus) return null
  return `нужно ${amount(needed)}, в ${q} выходит ${amount(q)}; в ${q - 1} не хватит ${amount(needed - q + 1)}`
}

/** The need in packs or pieces of the product, before rounding; null when it is measured by eye. `counted`: single pieces. */
function neededUnits(product: Product, need: RecipeNeed): { units: number | null; counted: boolean } {
  if (isPositive(need.packs)) return { units: need.packs, counted: false }
  const inPack = need.unit === 'шт' ? (eggsInPack(product.name) ?? piecesInPack(product.name)) : null
  if (inPack !== null) return { units: need.quantity / inPack, counted: false }
  const kg = kilograms(need)
  if (kg !== null && product.weightGrams !== null) return { units: (kg * 1000) / product.weightGrams, counted: false }
  const isSmall = (pieceWeightKg(need.name) ?? 1) <= smallPieceKg
  return { units: need.unit === 'шт' && !isSmall ? need.quantity : null, counted: true }
}

/** Spoons, cloves and bunches in packs, by their estimated weight. */
function byEyeUnits(product: Product, { quantity, unit }: RecipeNeed): number | null {
  const kg = unit === 'шт' ? undefined : looseKgInUnit[unit]
  return kg === undefined || product.weightGrams === null || !isPositive(quantity)
    ? null
    : (quantity * kg * 1000) / product.weightGrams
}

/** «500 г» of a product of known weight, else «1,25 шт». */
function formatAmount({ unit, weightGrams }: Product, units: number): string {
  const grams = isFractional(unit) ? units * 1000 : weightGrams === null ? null : units * weightGrams
  const value = grams === null ? Math.round(units * 100) / 100 : Math.round(grams)
  return `${String(value).replace('.', ',')} ${grams === null ? unit : 'г'}`
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
