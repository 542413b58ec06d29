import { z } from 'zod'

/** A product as a tool result names it; prices in roubles. */
export const Found = z
  .object({
    xml_id: z.coerce.number().int().positive(),
    name: z.string(),
    price: z.union([z.number(), z.object({ current: z.number() }).transform(p => p.current)]).nullish(),
    unit: z.string().default('шт'),
    weight_g: z.number().positive().nullish(),
    q: z.number().positive().nullish(),
  })
  .transform(({ xml_id, price, weight_g, q, ...rest }) => ({
    ...rest,
    xmlId: xml_id,
    price: price ?? null,
    grams: weight_g ?? null,
    q: q ?? 1,
  }))
export type Found = z.infer<typeof Found>

/** Every product anywhere in a result, in order: tools wrap them differently. */
export function productsIn(result: unknown): Found[] {
  if (typeof result !== 'object' || result === null) return []
  const found = Found.safeParse(result)
  return found.success ? [found.data] : Object.values(result).flatMap(productsIn)
}

export type Failure = 'limit' | 'budget' | 'busy' | 'other'

const Refused = z.object({
  ok: z.boolean().optional(),
  error: z.union([z.string(), z.object({ code: z.string() }).transform(e => e.code)]).nullish(),
  reason: z.string().nullish(),
})

/** Why a result is no success; null when it is one. */
export function failureOf(result: unknown): Failure | null {
  const { ok, error, reason } = Refused.catch({}).parse(result)
  const code = error ?? reason ?? ''
  if (ok !== false && code === '') return null
  if (/cart_limit/i.test(code)) return 'limit'
  if (/budget/i.test(code)) return 'budget'
  return /rate|busy|circuit|too_many/i.test(code) ? 'busy' : 'other'
}

const Preferences = z.object({
  preferences: z.array(z.object({ category: z.string(), preference: z.string() })),
})

/** Stored preferences; none when the result holds none. */
export const preferencesIn = (result: unknown) => Preferences.catch({ preferences: [] }).parse(result).preferences

const Recipe = z.object({
  ingredients: z.array(
    z.object({
      name: z.string(),
      quantity: z.number().positive(),
      unit: z.string(),
      search_query: z.string().optional(),
      optional: z.boolean().optional(),
    }),
  ),
})
export type RecipeLine = z.infer<typeof Recipe>['ingredients'][number]

/** The ingredients of a recipe result; empty when the dish was not known. */
export const recipeIn = (result: unknown): RecipeLine[] => Recipe.catch({ ingredients: [] }).parse(result).ingredients

const amount = z.number().nullish()
const Nutrients = z
  .object({
    kcal: amount,
    calories: amount,
    protein: amount,
    proteins: amount,
    fat: amount,
    fats: amount,
    carbs: amount,
  })
  .transform(n => ({
    kcal: n.kcal ?? n.calories ?? null,
    protein: n.protein ?? n.proteins ?? null,
    fat: n.fat ?? n.fats ?? null,
    carbs: n.carbs ?? null,
  }))
export type Nutrients = z.infer<typeof Nutrients>
const Totals = z.object({ total: Nutrients.optional(), totals: Nutrients.optional() })

/** The sums of a nutrition result, null when it has none. */
export function nutrientsIn(result: unknown): Nutrients | null {
  const { total, totals } = Totals.catch({}).parse(result)
  return total ?? totals ?? null
}

const CartSum = z.object({ total: z.number() })

/** The total of a cart result in roubles, null when unknown. */
export const totalIn = (result: unknown) => CartSum.safeParse(result).data?.total ?? null
