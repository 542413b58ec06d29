import { z } from 'zod'

/** A product as a tool result names it; prices in roubles. */
export const Found = z
  .object({
    xml_id: z.coerce.number().int().positive(),
    id: z.coerce.number().int().positive().optional(),
    name: z.string(),
    price: z.union([z.number(), z.object({ current: z.number() }).transform(p => p.current)]).nullish(),
    unit: z.string().default('шт'),
    weight_g: z.number().positive().nullish(),
    q: z.number().positive().nullish(),
    suggested_q: z.number().positive().nullish(),
    verdict: z.string().nullish(),
  })
  .transform(({ xml_id, id, name, unit, ...rest }) => ({
    xmlId: xml_id,
    id: id ?? xml_id,
    name,
    unit,
    price: rest.price ?? null,
    grams: rest.weight_g ?? null,
    q: rest.q ?? 1,
    /** How much to buy, where a tool has worked it out. */
    suggested: rest.suggested_q ?? null,
    /** The user must not get it, as the search says. */
    forbidden: rest.verdict?.startsWith('нельзя') ?? false,
  }))
export type Found = z.infer<typeof Found>

/** Every product anywhere in a result, in order: tools wrap them differently. */
export function productsIn(result: unknown): Found[] {
  if (typeof result !== 'object' || result === null) return []
  const found = Found.safeParse(result)
  return found.success ? [found.data] : Object.values(result).flatMap(productsIn)
}

export type Failure = 'limit' | 'budget' | 'busy' | 'unknown_dish' | 'buy_ready' | 'restricted' | 'other'

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
  if (code === 'unknown_dish' || code === 'buy_ready' || code === 'restricted') return code
  return /rate|busy|circuit|too_many/i.test(code) ? 'busy' : 'other'
}

const Batch = z.object({ results: z.array(z.looseObject({ q: z.string() })) })

/** What a search answers to one of its queries: its part of a list, or the whole. */
export const answerTo = (query: string, result: unknown): unknown => {
  const { data } = Batch.safeParse(result)
  return data === undefined ? result : data.results.find(({ q }) => q === query)
}

const Doubtful = z.object({ relevance_warning: z.string() })

/** Whether a search says itself that it found something else. */
export const isDoubtful = (result: unknown): boolean => Doubtful.safeParse(result).success

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
      best_match: Found.nullish().catch(undefined),
      alternatives: z.array(Found).catch([]),
    }),
  ),
})
export type RecipeLine = z.infer<typeof Recipe>['ingredients'][number]

/** The ingredients of a recipe result; empty when the dish was not known. */
export const recipeIn = (result: unknown): RecipeLine[] => Recipe.catch({ ingredients: [] }).parse(result).ingredients

const amount = z.number().nullable().catch(null)
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
const Totals = z.object({ total: Nutrients, missing: z.array(z.object({ name: z.string() })).catch([]) })

export type Counted = NonNullable<ReturnType<typeof nutritionIn>>

/** The sums of a nutrition result and what they leave out; null when nothing is known. */
export function nutritionIn(result: unknown) {
  const { data } = Totals.safeParse(result)
  if (data === undefined || data.total.kcal === null) return null
  return { total: data.total, missing: data.missing.map(({ name }) => name) }
}

const Ways = z.object({ ways_to_get_more: z.array(z.string()) })

/** What a refused cart names as ways to more carts; null when it names none. */
export const waysIn = (result: unknown) => Ways.safeParse(result).data?.ways_to_get_more ?? null

const Card = z.object({ properties: z.record(z.string(), z.string()) })

/** The properties of a product card. */
export const propertiesIn = (result: unknown) => Card.catch({ properties: {} }).parse(result).properties

const CartSum = z.object({ total: z.number() })

/** The total of a cart result in roubles, null when unknown. */
export const totalIn = (result: unknown) => CartSum.safeParse(result).data?.total ?? null

const Conflicts = z.object({ conflicts: z.array(z.object({ xml_id: z.number() })) })

/** The products for which a cart was refused. */
export const conflictsIn = (result: unknown): number[] =>
  Conflicts.catch({ conflicts: [] })
    .parse(result)
    .conflicts.map(({ xml_id }) => xml_id)

const Restrictions = z.object({ restrictions: z.array(z.object({ kind: z.string(), value: z.string() })) })
const kindNames: Record<string, string> = { diet: 'питание', allergy: 'аллергия' }

/** Stored restrictions, as they are named to the user. */
export const restrictionsIn = (result: unknown): string[] =>
  Restrictions.catch({ restrictions: [] })
    .parse(result)
    .restrictions.map(({ kind, value }) => `${kindNames[kind] ?? 'не едите'}: ${value}`)
