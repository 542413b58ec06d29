import { z } from 'zod'
import { parseJson } from '../../shop/json.ts'
import { canonicalUnit } from '../../shop/units.ts'
import { withoutReasoning } from '../answer-text/reasoning.ts'
import { foldCase } from '../words.ts'

/** One position of a recipe, for as many servings as the recipe says. */
export interface Ingredient {
  name: string
  quantity: number
  unit: string
  searchQuery: string
  optional: boolean
}

const mostIngredients = 20

const Quantity = z.preprocess(
  value => (typeof value === 'string' ? Number(value.trim().replace(',', '.')) : value),
  z.number().positive().max(100_000),
)

const Line = z.object({
  name: z.string().trim().min(1).max(100),
  quantity: Quantity.catch(1),
  unit: z.string().trim().max(20).catch('шт').transform(recipeUnit),
  search_query: z.string().trim().min(1).max(100).optional().catch(undefined),
  optional: z.boolean().catch(false),
})

/** The model's answer as a recipe; null when it is not the JSON list that was asked for. */
export function parseRecipe(answer: string): Ingredient[] | null {
  const lines = z.array(z.unknown()).safeParse(parseJson(listIn(withoutReasoning(answer))))
  if (!lines.success) return null
  return lines.data
    .flatMap(line => Line.safeParse(line).data ?? [])
    .filter(line => !isAtHome(line.name))
    .slice(0, mostIngredients)
    .map(({ search_query, ...line }) => ({ ...line, searchQuery: search_query ?? line.name }))
}

/** The recipe for another number of servings. */
export const scaleRecipe = (ingredients: readonly Ingredient[], factor: number): Ingredient[] =>
  ingredients.map(i => ({ ...i, quantity: Math.round(i.quantity * factor * 1000) / 1000 }))

/** The list itself, also out of a code fence or with text around it. */
const listIn = (answer: string) => answer.slice(answer.indexOf('['), answer.lastIndexOf(']') + 1)

/** Salt, ground pepper and water are in every kitchen. */
function isAtHome(name: string): boolean {
  const folded = foldCase(name)
  if (/^(?:\S+ )?соль(?: |$)/.test(folded)) return true
  if (/(?:^| )перец(?: |$)/.test(folded) && /молот|черн|душист|горош/.test(folded)) return true
  return /(?:^| )(?:вода|кипяток)(?: |$)/.test(folded) && !/минерал|газирован|кокос|розов|тоник/.test(folded)
}

const byEye: [beginning: RegExp, unit: string][] = [
  [/^(?:ст\.? ?л|столов)/, 'ст.л.'],
  [/^(?:ч\.? ?л|чайн|щепот)/, 'ч.л.'],
  [/^(?:пуч|вето)/, 'пучок'],
  [/^зубч/, 'зубчик'],
]

const measured = new Set(['кг', 'г', 'мл', 'л'])

function recipeUnit(unit: string): string {
  const known = canonicalUnit(unit)
  if (known !== null && measured.has(known)) return known
  const folded = foldCase(unit)
  return byEye.find(([beginning]) => beginning.test(folded))?.[1] ?? 'шт'
}
