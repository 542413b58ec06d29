import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dishes, findDish, ingredientsOf, recipeUnits } from './dishes.ts'
import { recipeReply } from './recipe-reply.ts'
import { normalise } from './words.ts'

const Recipe = z.array(
  z.strictObject({
    name: z.string(),
    quantity: z.number().positive(),
    unit: z.enum(recipeUnits),
    search_query: z.string().regex(/^[а-яё -]+$/i),
    optional: z.literal(true).optional(),
  }),
)

const asked = (dish: string, servings: number) =>
  recipeReply({
    model: 'GigaChat-2-Max',
    functions: [],
    messages: [
      { role: 'system', content: 'Составь список покупок. Ответь JSON-массивом.' },
      { role: 'user', content: `Блюдо: ${dish}\nПорций: ${servings}` },
    ],
  }) ?? ''

const parsed = (dish: string, servings: number) =>
  Recipe.parse(JSON.parse(asked(dish, servings).replace(/^```json\n|\n```$/g, '')))

describe('every dish', () => {
  test.each(dishes.map(dish => [dish.name, dish] as const))(
    '%s is found by its own name and can be bought',
    (name, dish) => {
      expect(findDish(normalise(name))).toBe(dish)
      expect(Recipe.parse(ingredientsOf(dish, 4)).length).toBeGreaterThanOrEqual(3)
    },
  )
})

test('amounts grow with the servings and stay in whole pieces', () => {
  const quantity = (servings: number, name: string) => parsed('борщ', servings).find(i => i.name === name)?.quantity

  expect([2, 4, 8].map(n => quantity(n, 'говядина'))).toEqual([250, 500, 1000])
  expect([2, 3, 4].map(n => quantity(n, 'картофель'))).toEqual([2, 3, 3])
})

test('some answers come in a code fence and some bare', () => {
  const fenced = dishes.map(({ name }) => asked(name, 2).startsWith('```json'))

  expect(new Set(fenced)).toEqual(new Set([true, false]))
})

test('an unknown dish has no ingredients', () => {
  expect(parsed('вителло тоннато', 2)).toEqual([])
})

test('a request with functions or without a dish is none for a recipe', () => {
  const request = { model: 'GigaChat-2-Max', messages: [{ role: 'user' as const, content: 'Блюдо: борщ' }] }

  expect(recipeReply({ ...request, functions: [{ name: 'f', parameters: {} }] })).toBeNull()
  expect(recipeReply({ ...request, functions: [], messages: [{ role: 'user', content: 'борщ' }] })).toBeNull()
})
