import { z } from 'zod'
import { maxPositions } from '../../shop/cart.ts'
import { headOf, readPhrase } from '../../shop/phrase.ts'
import type { Product } from '../../shop/shop.ts'
import { quantityNote, suggestQuantity } from '../../shop/suggest-quantity.ts'
import type { MessageContext } from '../message-context.ts'
import { partOf } from '../recipes/ingredient-part.ts'
import { type CookedDish, mergeDishes, type SharedIngredient } from '../recipes/merge-dishes.ts'
import { isPreserved } from '../recipes/preserved-dish.ts'
import type { RecipeBook } from '../recipes/recipe-book.ts'
import { activeCheck } from '../restrictions/active-restrictions.ts'
import { createProductCheck, type ProductCheck } from '../restrictions/check-product.ts'
import { toCheckedBrief } from '../restrictions/verdict-brief.ts'
import { foldCase } from '../words.ts'
import { numberWithin, text } from './arguments.ts'
import { type IngredientMatches, matchIngredients, totalOf, withinBudget } from './recipe-matches.ts'
import type { SearchProducts } from './search-products.ts'
import { defineTool, type ToolData } from './tool.ts'

const alternativesShown = 2
const mostDishes = 7

interface RecipeToolDeps {
  book: RecipeBook
  searchProducts: SearchProducts
}

/** Dishes to products: what they take together, and for each main ingredient what the shop has and how much of it to buy. */
export const createRecipeTool = ({ book, searchProducts }: RecipeToolDeps) =>
  defineTool({
    name: 'recipe_ingredients',
    description:
      'Продукты для приготовления блюд: ингредиенты на нужное число порций и сразу подходящие товары ВкусВилла с количеством suggested_q. Все блюда просьбы – одним вызовом. После него отдельный поиск этих продуктов не нужен.',
    schema: z.object({
      dishes: z
        .array(text(200), 'нужен список блюд')
        .min(1, 'нужно хотя бы одно блюдо')
        .max(mostDishes, `не больше ${mostDishes} блюд за вызов`)
        .describe('Названия блюд, например ["борщ", "плов"]'),
      servings: numberWithin(1, 100)
        .default(2)
        .describe('Число порций каждого: «себе» – 1, «на двоих» – 2, семья – 4, неясно – 2'),
      budget: numberWithin(1, 10_000_000).optional().describe('Бюджет человека в рублях, если он его назвал'),
      steps: z
        .boolean('нужно true или false')
        .optional()
        .describe('true, если просят рецепт или спрашивают, как готовить: шаги покажет бот'),
    }),
    read: ({ dishes, dish, ...rest }) => ({ ...rest, dishes: readDishes(dishes ?? dish) }),
    async run({ dishes: names, servings, budget, steps: withSteps = false }, message) {
      message.question.onProgress({ stage: 'recipe' })
      const ready = names.filter(isPreserved)
      const cooked = names.filter(name => !isPreserved(name))
      if (cooked.length === 0) {
        return refuse('buy_ready', 'Такое покупают готовым: найди готовый товар обычным поиском и предложи его.')
      }
      const recipes = await findRecipes(book, cooked, Math.ceil(servings), withSteps, message)
      const unknown = recipes.filter(({ ingredients }) => ingredients.length === 0).map(({ name }) => name)
      const known = recipes.filter(({ ingredients }) => ingredients.length > 0)
      if (known.length === 0) {
        return refuse('unknown_dish', 'Рецепт не нашёлся: уточни блюдо или найди продукты обычным поиском.')
      }
      const all = mergeDishes(known)
      const declines = declinedIn(message.question.text)
      const leftOut = all.filter(({ name }) => declines(name))
      const parts = inParts(
        all.filter(ingredient => !leftOut.includes(ingredient)),
        message.question.text,
      )
      const { check } = await activeCheck(message)
      const matched = await matchIngredients(parts.main, check, searchProducts, message)
      const budgetRub = budget ?? message.state.budgetRub
      const lines =
        budgetRub === null ? matched.lines : withinBudget(matched.lines, budgetRub * 100, check, message.today)
      const missed = lines.filter(({ ranked }) => ranked?.length === 0).map(({ ingredient }) => ingredient.name)
      const shownSteps = known.filter(({ steps }) => steps.length > 0)
      return {
        data: {
          ok: true,
          ...(known.length === 1 ? { dish: known[0]?.name } : { dishes: known.map(({ name }) => name) }),
          servings,
          ingredients: lines.map(line => describeLine(line, known.length > 1, message.today, check)),
          ...(parts.larder.length > 0 && { larder: parts.larder.map(({ name }) => name) }),
          ...(parts.extra.length > 0 && { extra: parts.extra.map(({ name }) => name) }),
          not_found: missed,
          ...(leftOut.length > 0 && { left_out: leftOut.map(({ name }) => name) }),
          total: totalOf(lines, message.today) / 100,
          ...(budgetRub !== null && { budget: budgetRub }),
          ...(unknown.length > 0 && { unknown_dishes: unknown }),
          ...(ready.length > 0 && { buy_ready: ready }),
          ...(shownSteps.length > 0 && { steps_shown: true }),
          note: noteOn(lines.length, { unknown, ready, hasSteps: shownSteps.length > 0 }),
        },
        achieved: {
          products: matched.products,
          searches: matched.searches,
          missed,
          budgetRub,
          larder: parts.larder.map(({ name }) => name),
          recipes: shownSteps.map(({ name, steps }) => ({ dish: name, steps })),
        },
        cached: recipes.every(({ cached }) => cached),
      }
    },
    invalidates: ['vkusvill_cart_link_create'],
    compact: data => ({
      ...data,
      ingredients: z.array(z.looseObject({})).catch([]).parse(data.ingredients).map(withoutAlternatives),
    }),
  })

const refuse = (error: string, note: string): { data: ToolData } => ({ data: { ok: false, error, note } })

const withoutAlternatives = ({ alternatives: _alternatives, ...line }: Record<string, unknown>) => line

/** Dishes as models write them: a list, or one alone; repetitions are left out. */
function readDishes(written: unknown): unknown {
  const list = Array.isArray(written) ? written : written === undefined ? [] : [written]
  const keys = list.map(dish => (typeof dish === 'string' ? foldCase(dish) : dish))
  return list.filter((_, i) => keys.indexOf(keys[i]) === i)
}

interface FoundDish extends CookedDish {
  steps: string[]
  cached: boolean
}

/** One recipe after another: each may ask the model, whose concurrent streams are few. */
async function findRecipes(
  book: RecipeBook,
  names: readonly string[],
  servings: number,
  withSteps: boolean,
  message: MessageContext,
): Promise<FoundDish[]> {
  const found: FoundDish[] = []
  for (const name of names) found.push({ name, ...(await book.find(name, servings, message, { withSteps })) })
  return found
}

/** «борщ без чеснока» takes none: what an ingredient is decides, not what goes with it. */
function declinedIn(text: string): (name: string) => boolean {
  const { lacks } = readPhrase(text)
  const check = createProductCheck(lacks.map(value => ({ kind: 'dislike', value })))
  return name => check.checkName(headOf(readPhrase(name).has) ?? '')?.verdict === 'conflict'
}

function inParts(ingredients: readonly SharedIngredient[], text: string) {
  const of = (part: ReturnType<typeof partOf>) => ingredients.filter(ingredient => partOf(ingredient, text) === part)
  return { main: of('main'), larder: of('larder'), extra: of('extra') }
}

function noteOn(
  positions: number,
  { unknown, ready, hasSteps }: { unknown: readonly string[]; ready: readonly string[]; hasSteps: boolean },
): string {
  return [
    'Положи в корзину best_match каждого из ingredients с q = suggested_q. larder обычно есть дома, спросит о нём бот; extra – только если попросили: ни то ни другое не клади и не ищи. Скажи, что сказано в quantity_note.',
    positions > maxPositions
      ? `Получилось ${positions} товаров, а в корзину входит ${maxPositions}: собери самое нужное и назови, что не вошло.`
      : '',
    hasSteps ? 'Шаги приготовления покажет бот: не пиши их.' : '',
    unknown.length > 0 ? 'Рецепты из unknown_dishes не нашлись: скажи об этом.' : '',
    ready.length > 0 ? 'Блюда из buy_ready покупают готовыми: найди их поиском.' : '',
  ]
    .filter(note => note !== '')
    .join(' ')
}

function describeLine(
  { ingredient, ranked, others, preference }: IngredientMatches,
  withDishes: boolean,
  today: string,
  check: ProductCheck,
): Record<string, unknown> {
  const described = { ...describe(ingredient), ...(withDishes && { for: ingredient.dishes }) }
  if (ranked === null) return { ...described, error: 'поиск не удался' }
  const [best, ...rest] = ranked
  const alternatives = [...rest.map(({ product }) => product), ...(best === undefined ? others : [])]
  return {
    ...described,
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

function suggested(ingredient: SharedIngredient, product: Product, today: string, check: ProductCheck) {
  const q = suggestQuantity(product, ingredient)
  const note = quantityNote(product, ingredient, q)
  return { ...toCheckedBrief(product, today, check), suggested_q: q, ...(note !== null && { quantity_note: note }) }
}

const kilograms: Record<string, number> = { кг: 1, г: 0.001 }
const litres: Record<string, number> = { л: 1, мл: 0.001 }

/** The ingredient as the model reads it, with its amount in the units products are sold by. */
function describe({ name, quantity, unit, searchQuery }: SharedIngredient) {
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
  }
}

const thousandths = (value: number) => Math.round(value * 1000) / 1000
