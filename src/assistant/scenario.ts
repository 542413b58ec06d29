import type { Scenario } from '../events/catalogue.ts'

/**
 * How a cart came about, from the tools called in its tool loop and from whether a budget was among their arguments;
 * never from the text of the message.
 */
export function scenario(toolsCalled: ReadonlySet<string>, budgetGiven: boolean): Scenario {
  if (toolsCalled.has('nutrition_calculate')) return 'mixed'
  if (toolsCalled.has('recipe_ingredients')) return 'recipe'
  return budgetGiven ? 'budget' : 'search'
}
