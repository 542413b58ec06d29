import { isAmong, significantWords } from '../../shop/phrase.ts'
import { addNeeds } from '../../shop/suggest-quantity.ts'
import type { Ingredient } from './recipe.ts'

/** A dish with what it takes. */
export interface CookedDish {
  name: string
  ingredients: readonly Ingredient[]
}

/** An ingredient of one or several dishes, in the amount that all of them need. */
export interface SharedIngredient extends Ingredient {
  dishes: string[]
}

/** The ingredients of all dishes, equal ones once with their amounts added. It is optional if it is in every dish. */
export function mergeDishes(dishes: readonly CookedDish[]): SharedIngredient[] {
  const merged: SharedIngredient[] = []
  for (const { name, ingredients } of dishes) {
    for (const ingredient of ingredients) {
      const at = merged.findIndex(other => isSame(other, ingredient))
      const before = merged[at]
      const sum = before === undefined ? null : addNeeds(before, ingredient)
      if (before === undefined || sum === null) merged.push({ ...ingredient, dishes: [name] })
      else {
        merged[at] = {
          ...before,
          ...sum,
          optional: before.optional && ingredient.optional,
          dishes: before.dishes.includes(name) ? before.dishes : [...before.dishes, name],
        }
      }
    }
  }
  return merged
}

/** The same thing in other words: «лук репчатый» and «лук», not «лук зелёный». */
function isSame(a: Ingredient, b: Ingredient): boolean {
  const [first, second] = [significantWords(a.searchQuery), significantWords(b.searchQuery)]
  const holds = (some: readonly string[], others: readonly string[]) => some.every(word => isAmong(word, others))
  return first.length > 0 && second.length > 0 && holds(first, second) && holds(second, first)
}
