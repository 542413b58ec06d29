import { LRUCache } from 'lru-cache'
import { UpstreamError } from '../../errors.ts'
import type { MessageContext } from '../message-context.ts'
import { within } from '../within.ts'
import { wordsOf } from '../words.ts'
import { type Ingredient, parseRecipe, scaleRecipe } from './recipe.ts'
import { recipeMessages, recipePromptVersion } from './recipe-prompt.ts'

interface Recipe {
  servings: number
  ingredients: Ingredient[]
}

/** On whose behalf the model is asked. */
type Asker = Pick<MessageContext, 'ask' | 'signal'>

export interface RecipeBook {
  /**
   * What a dish takes; an empty list when the model knows no such dish. Throws what the model client throws, and
   * UpstreamError when the answer is no recipe.
   */
  find(dish: string, servings: number, message: Asker): Promise<{ ingredients: Ingredient[]; cached: boolean }>
}

/** All recipe calls begin alike, so that the calls of all users share one prefix cache. */
const sessionId = `recipes-${recipePromptVersion}`

/** Caches the model's recipes by dish and scales them to any number of servings. Concurrent requests for a dish share one call. */
export function createRecipeBook({ size = 1_000 } = {}): RecipeBook {
  const known = new LRUCache<string, Recipe>({ max: size })
  const inFlight = new Map<string, Promise<Recipe>>()

  const ask = async (dish: string, servings: number, message: Asker): Promise<Recipe> => {
    const { message: reply } = await message.ask({
      messages: recipeMessages(dish, servings),
      functionCall: 'none',
      functionName: 'recipe_ingredients',
      sessionId,
    })
    const ingredients = parseRecipe(reply.content ?? '')
    if (ingredients === null) throw new UpstreamError('gigachat', null, 'the recipe is not a JSON list', true)
    return { servings, ingredients }
  }

  const start = (key: string, dish: string, servings: number, message: Asker) => {
    const asking = ask(dish, servings, message)
      .then(recipe => {
        if (recipe.ingredients.length > 0) known.set(key, recipe)
        return recipe
      })
      .finally(() => inFlight.delete(key))
    inFlight.set(key, asking)
    return asking
  }

  return {
    async find(dish, servings, message) {
      const key = `${recipePromptVersion} ${wordsOf(dish).join(' ')}`
      const ready = known.get(key)
      const shared = ready === undefined ? inFlight.get(key) : undefined
      // the call of another message may fail for reasons of its own, such as being aborted
      const others = shared && (await within(message.signal, () => shared.catch(() => undefined)))
      const recipe = ready ?? others ?? (await start(key, dish, servings, message))
      const ingredients = scaleRecipe(recipe.ingredients, servings / recipe.servings)
      return { ingredients, cached: recipe === ready || recipe === others }
    },
  }
}
