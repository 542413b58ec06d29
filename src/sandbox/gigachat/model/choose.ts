import type { Amount } from './amounts.ts'
import type { Wish } from './intent.ts'
import type { Found, RecipeLine } from './tool-results.ts'
import { stemsOf } from './words.ts'

/** A chosen product and how much of it, counted in its unit. */
export interface Pick {
  wish: Wish
  product: Found
  q: number
}

const noise = /корм|семена|рассад|грунт|для собак|для кошек|игрушк|шампун|мыло|со вкусом|ароматизатор/i

/**
 * Hits that really are what was asked for, best first. Those that name fewer words of the query than others do, side finds of
 * a lexical search and what the user avoids are left out.
 */
export function fitting(query: string, hits: readonly Found[], avoided: readonly string[] = []): Found[] {
  const wanted = stemsOf(query).filter(s => !connectives.has(s))
  const avoidedStems = avoided.flatMap(stemsOf)
  const fits = hits
    .map(hit => ({ hit, stems: stemsOf(hit.name) }))
    .filter(({ hit, stems }) => isTheThing(wanted, stems) && !noise.test(hit.name) && !share(avoidedStems, stems))
    .map(({ hit, stems }) => ({ hit, named: named(wanted, stems), leads: share(wanted, stems.slice(0, 1)) }))
  const most = Math.max(...fits.map(fit => fit.named))
  return fits
    .filter(fit => fit.named === most)
    .sort((a, b) => Number(b.leads) - Number(a.leads))
    .map(({ hit }) => hit)
}

const connectives = new Set(['с', 'со', 'в', 'на', 'дл', 'для', 'из', 'без', 'к', 'по', 'и'])

/** «Сгущённое молоко с сахаром» is no sugar: something asked for must stand before the first preposition. */
function isTheThing(wanted: readonly string[], stems: readonly string[]): boolean {
  const end = stems.findIndex(s => connectives.has(s))
  return share(wanted, end === -1 ? stems : stems.slice(0, end)) && named(wanted, stems) >= wanted.length / 2
}

const named = (wanted: readonly string[], stems: readonly string[]) => wanted.filter(w => share([w], stems)).length

const share = (some: readonly string[], others: readonly string[]) => some.some(a => others.some(b => sameWord(a, b)))

/** Equal stems, or ones that differ by a fleeting vowel or an ending the stemmer left («огурец» and «огурцы»). */
const sameWord = (a: string, b: string) =>
  a === b ||
  (a.length >= 4 && b.length >= 4 && bones(a) === bones(b)) ||
  (a.length >= 5 && b.startsWith(a) && b.length - a.length <= 2)

const bones = (s: string) => s.replace(/[ео](?=[кцлн]$)/, '')

/** Goods that users and recipes count in pieces but the shop sells by weight, with grams per piece. */
const pieceGrams: [RegExp, number][] = [
  [/картоф|морков|помидор|томат|перец|груш|апельсин/, 150],
  [/свекл|баклажан|кабач|лосос|капуст/, 300],
  [/лук|киви|мандарин/, 100],
  [/яблок|банан/, 180],
  [/огур|лимон/, 120],
  [/яйц/, 55],
]

export const isCountedLoose = (query: string) => pieceGrams.some(([form]) => form.test(query))

/** Grams of one piece; 100 for what is not known. */
export const gramsOfPiece = (name: string) => pieceGrams.find(([form]) => form.test(name.toLowerCase()))?.[1] ?? 100

/** How much of a product meets a wish, counted in the product's unit. */
export function quantityOf(wish: Wish, product: Found): number {
  if (product.suggested !== null) return product.suggested
  const { amount } = wish
  const loose = /^(?:кг|л)$/.test(product.unit)
  if (amount === null) return loose ? 0.5 : 1
  if (loose) return hundredths(amount.unit === 'уп' ? amount.value * 0.5 : gramsOf(amount, wish.query) / 1000)
  if (amount.unit === 'уп') return whole(amount.value)
  const eggs = /яйц/.test(wish.query)
  if (amount.unit === 'шт')
    return eggs && amount.value > 3 ? whole(amount.value / packOf(product.name)) : packsOfPieces(amount, product)
  const pack = product.grams ?? gramsInName(product.name)
  return pack === null ? 1 : whole(amount.value / pack)
}

/** «4 картофеля» from a kilogram bag is one bag; «2 молока» are two bottles. */
function packsOfPieces(amount: Amount, product: Found): number {
  const piece = pieceGrams.find(([form]) => form.test(product.name.toLowerCase()))?.[1]
  const pack = product.grams ?? gramsInName(product.name)
  return piece !== undefined && pack !== null && pack > piece * 2
    ? whole((amount.value * piece) / pack)
    : whole(amount.value)
}

const gramsOf = (amount: Amount, name: string) =>
  amount.unit === 'шт' ? amount.value * gramsOfPiece(name) : amount.value

const packOf = (name: string) => Number(/(\d+)\s*шт/i.exec(name)?.[1] ?? 10)

/** Grams or millilitres that a name states; null when it states none. */
export function gramsInName(name: string): number | null {
  const found = /(\d+(?:[.,]\d+)?)\s*(кг|г|л|мл)(?![а-я])/i.exec(name)
  if (found === null) return null
  return Number((found[1] ?? '').replace(',', '.')) * (/^(?:кг|л)$/i.test(found[2] ?? '') ? 1000 : 1)
}

const whole = (q: number) => Math.min(40, Math.max(1, Math.ceil(q - 0.001)))
const hundredths = (q: number) => Math.min(40, Math.max(0.1, Math.round(q * 100) / 100))

const spoons: Record<string, Amount> = {
  кг: { value: 1000, unit: 'г' },
  л: { value: 1000, unit: 'мл' },
  г: { value: 1, unit: 'г' },
  мл: { value: 1, unit: 'мл' },
  шт: { value: 1, unit: 'шт' },
  'ст.л.': { value: 15, unit: 'г' },
  'ч.л.': { value: 5, unit: 'г' },
  зубчик: { value: 5, unit: 'г' },
  пучок: { value: 1, unit: 'уп' },
}

/** A line of a recipe as something to buy. */
export function wishOfRecipe(line: RecipeLine): Wish {
  const one = spoons[line.unit]
  const { best_match: best, alternatives } = line
  return {
    query: line.search_query ?? line.name,
    amount: one === undefined ? null : { value: line.quantity * one.value, unit: one.unit },
    ...(line.optional === true && { optional: true }),
    ...(best !== undefined && { known: best === null ? [] : [best, ...alternatives] }),
  }
}
