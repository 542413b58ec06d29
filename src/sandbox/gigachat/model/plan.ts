import type { ModelReply } from '../chat-contract.ts'
import { nextTowardsCart, type Order, previousLines } from './cart.ts'
import { wishOfRecipe } from './choose.ts'
import { cartsLeft } from './dialogue.ts'
import type { Task } from './intent.ts'
import { wishesOfMeal } from './meals.ts'
import * as say from './phrases.ts'
import { answerAbout, answerNutrition } from './product-questions.ts'
import { call, knownPreferences, restrictionsTool, runsOf, type Situation, storePreferences } from './shopping.ts'
import { restrictionNamed } from './stated-preferences.ts'
import { failureOf, recipeIn, restrictionsIn } from './tool-results.ts'

type TaskOf<K extends Task['kind']> = Extract<Task, { kind: K }>

const recipeTool = 'recipe_ingredients'
const usualServings = 2
const amount = new Intl.NumberFormat('ru')

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
      return answerNutrition(situation, task)
    case 'about':
      return answerAbout(situation, task)
    case 'state':
      return task.what === 'cart' ? showLastCart(situation) : showAllowance(situation)
    case 'dish':
      return dish(situation, task)
    case 'meal':
      return nextTowardsCart(situation, { ...newCart(situation), wishes: wishesOfMeal(task, situation.intent) })
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
  const runs = [tool, restrictionsTool].flatMap(name => runsOf(situation, name))
  return runs.length > 0 && runs.every(run => failureOf(run.result) === null) ? done : say.sayPreferencesUnavailable
}

function showPreferences(situation: Situation): ModelReply {
  const tool = 'user_preferences_get'
  if (runsOf(situation, tool).length === 0 && situation.tools.has(tool)) return call(situation.tools, tool)
  if (runsOf(situation, restrictionsTool).length === 0 && situation.tools.has(restrictionsTool))
    return call(situation.tools, restrictionsTool, { action: 'list' })
  const known = [
    ...knownPreferences(situation).map(({ category, preference }) => `${category}: ${preference}`),
    ...runsOf(situation, restrictionsTool).flatMap(run => restrictionsIn(run.result)),
  ]
  return {
    text: afterPreferences(situation, tool, known.length > 0 ? say.sayPreferences(known) : say.sayNothingRemembered),
  }
}

function showLastCart(situation: Situation): ModelReply {
  const lines = previousLines(situation).map(
    ({ product, q }) => `${product.name} – ${amount.format(q)} ${product.unit}`,
  )
  return { text: lines.length === 0 ? say.sayNoPrevious : say.sayLastCart(lines) }
}

function showAllowance({ dialogue }: Situation): ModelReply {
  const left = cartsLeft(dialogue.system)
  return { text: left === null ? say.sayAllowanceUnknown : say.sayAllowance(left) }
}

function forget(situation: Situation, category: string): ModelReply {
  const tool = 'user_preferences_delete'
  const restriction = restrictionNamed(category)
  if (situation.tools.has(restrictionsTool) && restriction !== null && runsOf(situation, restrictionsTool).length === 0)
    return call(situation.tools, restrictionsTool, { action: 'remove', ...restriction })
  if (runsOf(situation, tool).length === 0 && situation.tools.has(tool))
    return call(situation.tools, tool, { category })
  return { text: afterPreferences(situation, tool, say.sayDeleted) }
}

/** A dish is asked about once, bought ready, or cooked from its recipe. */
function dish(situation: Situation, task: TaskOf<'dish'>): ModelReply {
  const { intent, tools } = situation
  const order = newCart(situation)
  if (task.form === 'unknown') return { text: say.askForm(task.dish, intent.text) }
  if (task.form === 'ready') return buyReady(situation, task.dish)
  const recipe = runsOf(situation, recipeTool)[0]
  if (recipe === undefined) {
    if (!tools.has(recipeTool)) return { text: say.sayRecipeFailed }
    return call(tools, recipeTool, {
      ...(tools.knows(recipeTool, 'dishes') ? { dishes: [task.dish, ...(task.also ?? [])] } : { dish: task.dish }),
      servings: order.servings,
      budget: intent.budgetRub ?? undefined,
      steps: /рецепт|как (?:при)?готовить|как сварить|по шагам/.test(intent.text) ? true : undefined,
    })
  }
  const wishes = recipeIn(recipe.result).map(wishOfRecipe)
  if (wishes.length > 0) return nextTowardsCart(situation, { ...order, wishes, dish: task.dish })
  switch (failureOf(recipe.result)) {
    case 'buy_ready':
      return buyReady(situation, task.dish)
    case 'busy':
      return { text: say.sayBusy }
    case null:
    case 'unknown_dish':
      return { text: say.sayUnknownDish(task.dish) }
    default:
      return { text: say.sayRecipeFailed }
  }
}

function buyReady(situation: Situation, dish: string): ModelReply {
  const { servings } = situation.intent
  const amount = servings === null ? null : { value: servings, unit: 'шт' as const }
  return nextTowardsCart(situation, { ...newCart(situation), wishes: [{ query: dish, amount }] })
}
