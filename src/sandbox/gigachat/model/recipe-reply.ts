import type { ChatBody } from '../chat-contract.ts'
import type { Dish } from './dish.ts'
import { type DishIngredient, findDish, ingredientsOf } from './dishes.ts'
import { soups } from './dishes-soups.ts'
import { hash, normalise } from './words.ts'

/**
 * The answer to a request for the ingredients of one dish: a JSON array, now and then in a code fence as the real model writes it;
 * an unknown dish has none. Null when the request asks for something else.
 */
export function recipeReply({ functions, messages }: ChatBody): string | null {
  if (functions.length > 0) return null
  const prompt = messages.map(message => message.content ?? '').join('\n')
  const asked = /^\s*Блюдо:\s*(?<dish>.+?)\s*$/m.exec(prompt)?.groups?.dish
  if (asked === undefined) return null
  const servings = Number(/^\s*Порций:\s*(?<count>\d+)/m.exec(prompt)?.groups?.count ?? 2)
  const dish = findDish(normalise(asked))
  const ingredients = dish === undefined ? [] : ingredientsOf(dish, servings)
  const withSteps = dish !== undefined && /^\s*Нужны шаги/m.test(prompt)
  const json = JSON.stringify(withSteps ? { ingredients, steps: stepsOf(dish, ingredients) } : ingredients)
  return hash(asked) % 2 === 0 ? `\`\`\`json\n${json}\n\`\`\`` : json
}

/** Steps that fit any dish of its kind. */
function stepsOf(dish: Dish, ingredients: readonly DishIngredient[]): string[] {
  const main = ingredients.filter(({ optional }) => optional === undefined).map(({ name }) => name)
  const [first = 'продукты', ...rest] = main
  const prepare = `Подготовьте продукты: ${main.slice(0, 6).join(', ')}. Вымойте, почистите и нарежьте.`
  const serve = 'Попробуйте на соль, дайте постоять пять минут и подавайте.'
  return soups.includes(dish)
    ? [
        prepare,
        `Начните с бульона: ${first}, 1,5–2 литра воды, варите до мягкости.`,
        `Добавьте по очереди: ${rest.join(', ')}. Варите 15–20 минут.`,
        serve,
      ]
    : [
        prepare,
        `Разогрейте сковороду или духовку. Сначала готовьте: ${first}.`,
        `Добавьте остальное: ${rest.join(', ')}. Доведите до готовности.`,
        serve,
      ]
}
