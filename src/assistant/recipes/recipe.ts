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
  /** The dish succeeds without it. */
  optional: boolean
}

/** What a dish takes and, where they were asked for, the steps of cooking it. */
export interface WrittenRecipe {
  ingredients: Ingredient[]
  steps: string[]
}

const mostIngredients = 20
const mostSteps = 12
const longestStep = 300

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
const Step = z.string().trim().min(1)
const Written = z.union([
  z.array(z.unknown()).transform(ingredients => ({ ingredients, steps: [] as unknown[] })),
  z.object({ ingredients: z.array(z.unknown()), steps: z.array(z.unknown()).catch([]) }),
])

/** The model's answer as a recipe; null when it is not the JSON that was asked for: a list, or an object with steps. */
export function parseRecipe(answer: string): WrittenRecipe | null {
  const written = Written.safeParse(parseJson(jsonIn(withoutReasoning(answer))))
  if (!written.success) return null
  return {
    ingredients: written.data.ingredients
      .flatMap(line => Line.safeParse(line).data ?? [])
      .filter(line => !isWater(line.name))
      .slice(0, mostIngredients)
      .map(({ search_query, ...line }) => ({ ...line, searchQuery: search_query ?? line.name })),
    steps: written.data.steps
      .flatMap(step => Step.safeParse(step).data ?? [])
      .slice(0, mostSteps)
      .map(step => step.replace(/^\d{1,2}[.)]\s*/, '').slice(0, longestStep)),
  }
}

/** The recipe for another number of servings. */
export const scaleRecipe = (ingredients: readonly Ingredient[], factor: number): Ingredient[] =>
  ingredients.map(i => ({ ...i, quantity: Math.round(i.quantity * factor * 1000) / 1000 }))

/** The JSON itself, also out of a code fence or with text around it. */
function jsonIn(answer: string): string {
  const list = answer.indexOf('[')
  const object = answer.indexOf('{')
  return object !== -1 && (list === -1 || object < list)
    ? answer.slice(object, answer.lastIndexOf('}') + 1)
    : answer.slice(list, answer.lastIndexOf(']') + 1)
}

/** Plain water comes out of the tap. */
function isWater(name: string): boolean {
  const folded = foldCase(name)
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
