import { UpstreamError } from '../../errors.ts'
import { createLatestEntries } from '../../process/latest-entries.ts'
import { within } from '../../process/within.ts'
import type { MessageContext } from '../message-context.ts'
import { wordsOf } from '../words.ts'
import { parseRecipe, scaleRecipe, type WrittenRecipe } from './recipe.ts'
import { recipeMessages, recipePromptVersion } from './recipe-prompt.ts'

interface Recipe extends WrittenRecipe {
  servings: number
}

/** On whose behalf the model is asked. */
type Asker = Pick<MessageContext, 'ask' | 'signal'>

interface RecipeOptions {
  withSteps?: boolean
}

interface FoundRecipe extends WrittenRecipe {
  /** Answered from memory. */
  cached: boolean
}

export interface RecipeBook {
  /**
   * What a dish takes, and its steps where they are asked for; no ingredients when the model knows no such dish. Throws
   * what the model client throws, and UpstreamError when the answer is no recipe.
   */
  find(dish: string, servings: number, message: Asker, options?: RecipeOptions): Promise<FoundRecipe>
}

/** All recipe calls begin alike, so that the calls of all users share one prefix cache. */
const sessionId = `recipes-${recipePromptVersion}`

/** Caches the model's recipes by dish and scales them to any number of servings. Concurrent requests for a dish share one call. */
export function createRecipeBook({ size = 1_000 } = {}): RecipeBook {
  const known = createLatestEntries<string, Recipe>(size)
  const inFlight = new Map<string, Promise<Recipe>>()

  const ask = async (dish: string, servings: number, message: Asker, withSteps: boolean): Promise<Recipe> => {
    const { message: reply, provider } = await message.ask({
      messages: recipeMessages(dish, servings, withSteps),
      functionCall: 'none',
      functionName: 'recipe_ingredients',
      sessionId,
    })
    const recipe = parseRecipe(reply.content ?? '')
    if (recipe === null) throw new UpstreamError(provider, null, 'the recipe is not a JSON list', true)
    return { servings, ...recipe }
  }

  const start = (key: string, dish: string, servings: number, message: Asker, withSteps: boolean) => {
    const asking = ask(dish, servings, message, withSteps)
      .then(recipe => {
        if (recipe.ingredients.length > 0) known.set(key, recipe)
        return recipe
      })
      .finally(() => inFlight.delete(key))
    inFlight.set(key, asking)
    return asking
  }

  return {
    async find(dish, servings, message, { withSteps = false } = {}) {
      const key = `${recipePromptVersion} ${withSteps ? 'steps ' : ''}${wordsOf(dish).join(' ')}`
      const ready = known.get(key)
      const shared = ready === undefined ? inFlight.get(key) : undefined
      // the call of another message may fail for reasons of its own, such as being aborted
      const others = shared && (await within(message.signal, () => shared.catch(() => undefined)))
      const recipe = ready ?? others ?? (await start(key, dish, servings, message, withSteps))
      const ingredients = scaleRecipe(recipe.ingredients, servings / recipe.servings)
      return { ingredients, steps: recipe.steps, cached: recipe === ready || recipe === others }
    },
  }
}
