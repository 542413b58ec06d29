import type { Nutrition } from './shop.ts'

const amount = String.raw`[^\d;\n]{0,20}?(\d+(?:[.,]\d+)?)`
const patterns = {
  protein: new RegExp(String.raw`белк\p{L}*${amount}`, 'iu'),
  fat: new RegExp(String.raw`жир\p{L}*${amount}`, 'iu'),
  carbs: new RegExp(String.raw`углевод\p{L}*${amount}`, 'iu'),
  kcal: /(\d+(?:[.,]\d+)?)\s*ккал/iu,
}

/**
 * Nutrition of a product card's plain text, such as «белки 16 г, жиры 5 г, углеводы 3 г; 121 ккал». Of several producers,
 * one a line, the first counts. null when nothing is stated.
 */
export function parseNutrition(text: string): Nutrition | null {
  const lines = text.split('\n').map(parseLine)
  const complete = lines.find(line => stated(line) >= 2)
  // A single producer may have one value a line.
  const found = complete ?? parseLine(text.replaceAll('\n', '; '))
  return stated(found) === 0 ? null : found
}

const stated = (nutrition: Nutrition) => Object.values(nutrition).filter(value => value !== null).length

const parseLine = (line: string): Nutrition => ({
  kcal: amountIn(line, patterns.kcal, 1000),
  protein: amountIn(line, patterns.protein, 100),
  fat: amountIn(line, patterns.fat, 100),
  carbs: amountIn(line, patterns.carbs, 100),
})

/** Nothing has more than `max` in 100 g: such a number is a slip of the card. */
function amountIn(line: string, pattern: RegExp, max: number): number | null {
  const value = Number(pattern.exec(line)?.[1]?.replace(',', '.') ?? Number.NaN)
  return value <= max ? value : null
}
