import { z } from 'zod'
import { RateLimitError } from '../../errors.ts'
import { headQuery, type Match, rankMatches } from '../../shop/best-match.ts'
import type { Product } from '../../shop/shop.ts'
import { quantityNote, suggestQuantity } from '../../shop/suggest-quantity.ts'
import type { MessageContext } from '../message-context.ts'
import { addAchievement, type FoundProducts, type KnownProduct } from '../message-state.ts'
import { isPreserved } from '../recipes/preserved-dish.ts'
import type { Ingredient } from '../recipes/recipe.ts'
import type { RecipeBook } from '../recipes/recipe-book.ts'
import { activeCheck } from '../restrictions/active-restrictions.ts'
import type { ProductCheck } from '../restrictions/check-product.ts'
import { isForbidden, toCheckedBrief } from '../restrictions/verdict-brief.ts'
import { foldCase } from '../words.ts'
import { numberWithin, text } from './arguments.ts'
import type { SearchProducts } from './search-products.ts'
import { defineTool, type ToolData } from './tool.ts'

const alternativesShown = 2

interface RecipeToolDeps {
  book: RecipeBook
  searchProducts: SearchProducts
}

/** A dish to products: what it takes, and for each ingredient what the shop has and how much of it to buy. */
export const createRecipeTool = ({ book, searchProducts }: RecipeToolDeps) =>
  defineTool({
    name: 'recipe_ingredients',
    description:
      'Продукты для приготовления блюда: ингредиенты на нужное число порций и сразу подходящие товары ВкусВилла с количеством suggested_q. После него отдельный поиск этих продуктов не нужен.',
    schema: z.object({
      dish: text(200).describe('Название блюда, например «борщ»'),
      servings: numberWithin(1, 100)
        .default(2)
        .describe('Число порций: «себе» – 1, «на двоих» – 2, семья – 4, неясно – 2'),
    }),
    async run({ dish, servings }, message) {
      message.question.onProgress({ stage: 'recipe' })
      if (isPreserved(dish)) {
        return refuse('buy_ready', 'Такое покупают готовым: найди готовый товар обычным поиском и предложи его.')
      }
      const { ingredients, cached } = await book.find(dish, Math.ceil(servings), message)
      if (ingredients.length === 0) {
        return refuse('unknown_dish', 'Рецепт не нашёлся: уточни блюдо или найди продукты обычным поиском.')
      }
      const { lines, achieved } = await searchAll(ingredients, searchProducts, message)
      return { data: { ok: true, dish, servings, ...lines }, achieved, cached }
    },
    invalidates: ['vkusvill_cart_link_create'],
    compact: data => ({
      ...data,
      ingredients: z.array(z.looseObject({})).catch([]).parse(data.ingredients).map(withoutAlternatives),
    }),
  })

const refuse = (error: string, note: string): { data: ToolData } => ({ data: { ok: false, error, note } })

const withoutAlternatives = ({ alternatives: _alternatives, ...line }: Record<string, unknown>) => line

/** One search after another, as the shop's pace allows. One that fails spoils its ingredient only; all failing is a failure. */
async function searchAll(ingredients: readonly Ingredient[], searchProducts: SearchProducts, message: MessageContext) {
  const { check } = await activeCheck(message)
  const lines: Record<string, unknown>[] = []
  const missed: Ingredient[] = []
  const products: KnownProduct[] = []
  let state = message.state
  let failure: unknown = null
  let answered = 0
  for (const ingredient of ingredients) {
    // Once the shop refuses for its limit, every further call would be refused too.
    const found = failure instanceof RateLimitError ? null : await search(ingredient)
    if (found === null) {
      lines.push({ ...describe(ingredient), error: 'поиск не удался' })
      continue
    }
    answered += 1
    const matches = await findMatches(ingredient, found)
    if (matches.ranked.length === 0) missed.push(ingredient)
    const shown = [...matches.ranked.map(({ product }) => product), ...matches.others]
    products.push(...shown.map(product => advised(ingredient, product)))
    lines.push({ ...describe(ingredient), ...describeMatches(ingredient, matches, message.today, check) })
  }
  if (answered === 0) throw failure
  return {
    lines: {
      ingredients: lines,
      not_found: missed.map(({ name }) => name),
      note: 'Положи в корзину best_match каждого ингредиента с q = suggested_q, ничего не добавляя. Назови, что не нашлось, и что сказано в quantity_note.',
    },
    achieved: {
      products,
      searches: state.searches,
      missed: missed.filter(({ optional }) => !optional).map(({ name }) => name),
    },
  }

  /** Tries the head word where nothing found is exactly it: «свинина шея» is among «свинина». */
  async function findMatches(ingredient: Ingredient, found: FoundProducts): Promise<Matches> {
    const first = rankMatches(ingredient, found.products)
    const head =
      first.some(({ exact }) => exact) || failure instanceof RateLimitError ? null : headQuery(ingredient.searchQuery)
    const second = head === null ? null : await search({ ...ingredient, searchQuery: head })
    const all = [...new Map([...found.products, ...(second?.products ?? [])].map(p => [p.xmlId, p])).values()]
    const ranked = second === null ? first : rankMatches(ingredient, all)
    const isRanked = new Set(ranked.map(({ product }) => product))
    const allowed = ranked.toSorted(
      (a, b) => Number(isForbidden(a.product, check)) - Number(isForbidden(b.product, check)),
    )
    return { ranked: allowed, others: all.filter(p => !isRanked.has(p)), preference: found.preference }
  }

  async function search(ingredient: Ingredient): Promise<FoundProducts | null> {
    try {
      const query = { query: ingredient.searchQuery, origin: 'recipe' as const }
      const { found, achieved } = await searchProducts(query, { ...message, state })
      state = addAchievement(state, achieved)
      products.push(...(achieved.products ?? []))
      return found
    } catch (err) {
      failure = err
      return null
    }
  }
}

interface Matches {
  ranked: readonly Match[]
  /** Found, but not what was asked for. */
  others: readonly Product[]
  preference: string | null
}

function describeMatches(
  ingredient: Ingredient,
  { ranked, others, preference }: Matches,
  today: string,
  check: ProductCheck,
) {
  const [best, ...rest] = ranked
  const alternatives = [...rest.map(({ product }) => product), ...(best === undefined ? others : [])]
  return {
    best_match: best === undefined ? null : suggested(ingredient, best.product, today, check),
    ...(alternatives.length > 0 && {
      alternatives: alternatives
        .slice(0, alternativesShown)
        .map(product => suggested(ingredient, product, today, check)),
    }),
    ...(preference !== null && { preference_applied: preference }),
    ...(best?.exact !== true &&
      ranked.length + others.length > 0 && { relevance_warning: 'похоже, это не то: не клади молча, спроси' }),
  }
}

function suggested(ingredient: Ingredient, product: Product, today: string, check: ProductCheck) {
  const q = suggestQuantity(product, ingredient)
  const note = quantityNote(product, ingredient, q)
  return { ...toCheckedBrief(product, today, check), suggested_q: q, ...(note !== null && { quantity_note: note }) }
}

const advised = (ingredient: Ingredient, product: Product): KnownProduct => ({
  product,
  origin: 'recipe',
  suggestedQ: suggestQuantity(product, ingredient),
})

const kilograms: Record<string, number> = { кг: 1, г: 0.001 }
const litres: Record<string, number> = { л: 1, мл: 0.001 }

/** The ingredient as the model reads it, with its amount in the units products are sold by. */
function describe({ name, quantity, unit, searchQuery, optional }: Ingredient) {
  const kg = kilograms[unit]
  const l = litres[unit]
  const isEggs = unit === 'шт' && /^яй|^яиц/.test(foldCase(name))
  return {
    name,
    quantity,
    unit,
    search_query: searchQuery,
    ...(kg !== undefined && { kg_equivalent: thousandths(quantity * kg) }),
    ...(l !== undefined && { l_equivalent: thousandths(quantity * l) }),
    ...(isEggs && { pack_equivalent: Math.ceil(quantity / 10) }),
    ...(optional && { optional }),
  }
}

const thousandths = (value: number) => Math.round(value * 1000) / 1000
