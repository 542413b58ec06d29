import type { Dish } from './dish.ts'
import { bakes } from './dishes-baked.ts'
import { mains } from './dishes-mains.ts'
import { soups } from './dishes-soups.ts'

export const recipeUnits = ['кг', 'г', 'шт', 'ст.л.', 'ч.л.', 'мл', 'л', 'пучок', 'зубчик'] as const
type RecipeUnit = (typeof recipeUnits)[number]

/** One position of a recipe, as the JSON answer names it. */
export interface DishIngredient {
  name: string
  quantity: number
  unit: RecipeUnit
  search_query: string
  optional?: true
}

/** Longer names come first so that «суп-пюре» is not taken for «пюре». */
export const dishes: readonly Dish[] = [...soups, ...mains, ...bakes]

/** The dish a normalised text speaks of. */
export const findDish = (text: string): Dish | undefined => dishes.find(dish => dish.match.test(text))

/** All dishes a normalised text speaks of: «борщ и сырники» of two. */
export function findDishes(text: string): Dish[] {
  const found = findDish(text)
  return found === undefined ? [] : [found, ...findDishes(text.replace(found.match, ' '))]
}

/** The ingredients of a dish for that many servings, in amounts one can buy. */
export function ingredientsOf(dish: Dish, servings: number): DishIngredient[] {
  return dish.ingredients
    .trim()
    .split('\n')
    .map(line => parseIngredient(line.trim(), servings / dish.serves))
}

function parseIngredient(line: string, factor: number): DishIngredient {
  const parts = /^(?<name>[^=]+?)(?:\s*=\s*(?<query>.+?))?\s+(?<quantity>[\d.]+)\s(?<unit>\S+)(?<optional>\s\?)?$/.exec(
    line,
  )
  const { name = '', query = name, quantity = '', unit: unitName, optional } = parts?.groups ?? {}
  const unit = recipeUnits.find(u => u === unitName)
  if (unit === undefined) throw new Error(`not an ingredient: ${line}`)
  return {
    name,
    quantity: rounded(Number(quantity) * factor, unit),
    unit,
    search_query: query,
    ...(optional === undefined ? {} : { optional: true as const }),
  }
}

function rounded(quantity: number, unit: RecipeUnit): number {
  switch (unit) {
    case 'г':
    case 'мл':
      return Math.max(10, Math.round(quantity / 10) * 10)
    case 'кг':
    case 'л':
      return Math.max(0.1, Math.round(quantity * 10) / 10)
    case 'шт':
    case 'пучок':
    case 'зубчик':
      return Math.max(1, Math.ceil(quantity))
    case 'ст.л.':
    case 'ч.л.':
      return Math.max(0.5, Math.round(quantity * 2) / 2)
  }
}
