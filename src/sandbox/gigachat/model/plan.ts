import type { ModelReply } from '../chat-contract.ts'
import { nextTowardsCart, nutritionItem, nutritionTool, type Order, previousCartTool } from './cart.ts'
import { gramsOfPiece, wishOfRecipe } from './choose.ts'
import type { Task, Wish } from './intent.ts'
import * as say from './phrases.ts'
import { call, knownPreferences, runsOf, type Situation, storePreferences } from './shopping.ts'
import { failureOf, nutrientsIn, productsIn, recipeIn } from './tool-results.ts'

type TaskOf<K extends Task['kind']> = Extract<Task, { kind: K }>

const recipeTool = 'recipe_ingredients'
const usualServings = 2

/** The next turn of the model: one function call, or the words that end the message. Pure. */
export function plan(situation: Situation): ModelReply {
  const { task, text } = situation.intent
  switch (task.kind) {
    case 'unclear':
      return { text: say.sayUnclear(task.why, text) }
    case 'refuse':
      return { text: say.sayRefusal(task.why, text) }
    case 'remember':
      return (
        storePreferences(situation) ?? {
          text: afterPreferences(situation, 'user_preferences_set', say.sayRemembered(text)),
        }
      )
    case 'preferences':
      return task.action === 'show' ? showPreferences(situation) : forget(situation, task.category)
    case 'nutrition':
      return nutrition(situation, task)
    case 'dish':
      return dish(situation, task)
    case 'products':
      return nextTowardsCart(situation, { ...newCart(situation), ...task })
  }
}

const newCart = ({ intent }: Situation): Order => ({
  wishes: [],
  dish: null,
  servings: intent.servings ?? usualServings,
  base: 'new',
  remove: [],
})

function afterPreferences(situation: Situation, tool: string, done: string): string {
  const runs = runsOf(situation, tool)
  return runs.length > 0 && runs.every(run => failureOf(run.result) === null) ? done : say.sayPreferencesUnavailable
}

function showPreferences(situation: Situation): ModelReply {
  const tool = 'user_preferences_get'
  if (runsOf(situation, tool).length === 0 && situation.tools.has(tool)) return call(situation.tools, tool)
  const known = knownPreferences(situation).map(({ category, preference }) => `${category}: ${preference}`)
  return {
    text: afterPreferences(situation, tool, known.length > 0 ? say.sayPreferences(known) : say.sayNothingRemembered),
  }
}

function forget(situation: Situation, category: string): ModelReply {
  const tool = 'user_preferences_delete'
  if (runsOf(situation, tool).length === 0 && situation.tools.has(tool))
    return call(situation.tools, tool, { category })
  return { text: afterPreferences(situation, tool, say.sayForgotten) }
}

/** Nutrition of named foods, or of the previous cart when none is named. */
function nutrition(situation: Situation, { wishes }: TaskOf<'nutrition'>): ModelReply {
  const { tools } = situation
  const ran = runsOf(situation, nutritionTool)[0]
  if (ran !== undefined) {
    const nutrients = nutrientsIn(ran.result)
    return { text: nutrients === null ? say.sayNutritionUnknown : say.sayNutrients(nutrients) }
  }
  const cart = runsOf(situation, previousCartTool)[0]
  if (wishes.length === 0 && cart === undefined && tools.has(previousCartTool)) return call(tools, previousCartTool)
  const items =
    wishes.length > 0
      ? wishes.map(wish => ({ name: wish.query, grams: gramsOfWish(wish) }))
      : productsIn(cart?.result).map(product => nutritionItem(situation, { product, q: product.q }))
  if (items.length === 0) return { text: say.askNutrition }
  return tools.has(nutritionTool) ? call(tools, nutritionTool, { items }) : { text: say.sayNutritionUnknown }
}

function gramsOfWish({ amount, query }: Wish): number {
  if (amount === null) return gramsOfPiece(query)
  return Math.round(amount.unit === 'г' || amount.unit === 'мл' ? amount.value : amount.value * gramsOfPiece(query))
}

/** A dish is asked about once, bought ready, or cooked from its recipe. */
function dish(situation: Situation, task: TaskOf<'dish'>): ModelReply {
  const { intent, tools } = situation
  const order = newCart(situation)
  if (task.form === 'unknown') return { text: say.askForm(task.dish, intent.text) }
  if (task.form === 'ready') {
    const amount = intent.servings === null ? null : { value: intent.servings, unit: 'шт' as const }
    return nextTowardsCart(situation, { ...order, wishes: [{ query: task.dish, amount }] })
  }
  const recipe = runsOf(situation, recipeTool)[0]
  if (recipe === undefined) {
    if (!tools.has(recipeTool)) return { text: say.sayRecipeFailed }
    return call(tools, recipeTool, { dish: task.dish, servings: order.servings })
  }
  const wishes = recipeIn(recipe.result).map(wishOfRecipe)
  if (wishes.length > 0) return nextTowardsCart(situation, { ...order, wishes, dish: task.dish })
  const failure = failureOf(recipe.result)
  return {
    text: failure === null ? say.sayUnknownDish(task.dish) : failure === 'busy' ? say.sayBusy : say.sayRecipeFailed,
  }
}
