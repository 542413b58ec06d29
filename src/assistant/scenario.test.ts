import { expect, test } from 'vitest'
import { scenario } from './scenario.ts'
import { toolNames } from './tools/tool.ts'

const subsets = Array.from({ length: 2 ** toolNames.length }, (_, bits) =>
  toolNames.filter((_name, i) => (bits >> i) & 1),
)

test('over all subsets of tools: nutrition decides, then the recipe, then the budget', () => {
  for (const called of subsets) {
    for (const budgetGiven of [true, false]) {
      const result = scenario(new Set(called), budgetGiven)

      const expected = called.includes('nutrition_calculate')
        ? 'mixed'
        : called.includes('recipe_ingredients')
          ? 'recipe'
          : budgetGiven
            ? 'budget'
            : 'search'
      expect({ called, budgetGiven, result }).toEqual({ called, budgetGiven, result: expected })
    }
  }
})

test('there are 512 subsets, and each answer occurs', () => {
  const counts = new Map<string, number>()
  for (const called of subsets) {
    const result = scenario(new Set(called), true)
    counts.set(result, (counts.get(result) ?? 0) + 1)
  }

  expect(Object.fromEntries(counts)).toEqual({ mixed: 256, recipe: 128, budget: 128 })
})
