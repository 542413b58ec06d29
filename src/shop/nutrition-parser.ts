import type { Nutrition } from './shop.ts'

/** Words, numbers and ends of statements. Each character is read once, so parsing is linear. */
const token = /\p{L}+|\d+(?:[.,]\d+)?|[;\n]/gu
/** Maximum distance of an amount from its word: «белки: менее 0,5 г». */
const farthest = 20

/** Beginnings of the words, and the maximum in 100 g: a larger number is an error of the card. */
const nutrients = [
  { key: 'protein', beginning: 'белк', max: 100 },
  { key: 'fat', beginning: 'жир', max: 100 },
  { key: 'carbs', beginning: 'углевод', max: 100 },
] as const
const mostKcal = 1000

/**
 * Parses nutrition facts from the plain text of a product card, such as «белки 16 г, жиры 5 г, углеводы 3 г; 121 ккал». Of
 * several producers, one a line, the first counts. Null if nothing is stated.
 */
export function parseNutrition(text: string): Nutrition | null {
  const lines = text.split('\n').map(parseLine)
  const complete = lines.find(line => stated(line) >= 2)
  // a single producer may have one value a line
  const found = complete ?? parseLine(text)
  return stated(found) === 0 ? null : found
}

const stated = (nutrition: Nutrition) => Object.values(nutrition).filter(value => value !== null).length

function parseLine(line: string): Nutrition {
  const found: Partial<Record<keyof Nutrition, number | null>> = {}
  let asked: { nutrient: (typeof nutrients)[number]; end: number } | undefined
  let number: { value: number; end: number } | undefined
  for (const { 0: part, index } of line.matchAll(token)) {
    const end = index + part.length
    if (part === ';' || part === '\n') {
      asked = undefined
      number = undefined
    } else if (/^\d/.test(part)) {
      number = { value: Number(part.replace(',', '.')), end }
      if (asked !== undefined && index - asked.end <= farthest) {
        const { key, max } = asked.nutrient
        found[key] ??= within(number.value, max)
      }
      asked = undefined
    } else {
      const word = part.toLowerCase()
      const nutrient = nutrients.find(({ beginning }) => word.startsWith(beginning))
      if (nutrient !== undefined) asked = { nutrient, end }
      else if (word.startsWith('ккал') && number !== undefined && line.slice(number.end, index).trim() === '')
        found.kcal ??= within(number.value, mostKcal)
    }
  }
  const { kcal = null, protein = null, fat = null, carbs = null } = found
  return { kcal, protein, fat, carbs }
}

const within = (value: number, max: number) => (value <= max ? value : null)
