/** Part of the cache key: a changed prompt makes old recipes worthless. */
export const recipePromptVersion = 2

/** Instructions for a recipe, whatever the dish. */
export const recipeInstructions = `Ты составляешь список покупок для блюда. Ответь только JSON-массивом, без пояснений и без разметки.
Элемент массива: {"name": название, "quantity": число, "unit": единица, "search_query": запрос, "optional": true или false}.
- unit – одно из: кг, г, шт, ст.л., ч.л., мл, л, пучок, зубчик.
- quantity – на указанное число порций, сколько нужно по рецепту.
- search_query – одно–три слова, по которым продукт ищут в магазине, без чисел: «фарш говяжий», «сыр пармезан». Если слово неоднозначно, уточни: «ром напиток».
- optional – true у того, без чего блюдо получится: украшение, зелень, алкоголь.
- Масло, соль, специи, муку, сахар, уксус тоже назови. Воду – нет. Не больше 20 позиций, ничего лишнего.
- Просят шаги – ответь объектом {"ingredients": [тот же массив], "steps": [до 8 коротких шагов приготовления]}.
- Если такого блюда нет или это не еда, верни [].`

/** What the model is asked for one dish. The stable part comes first. */
export const recipeMessages = (dish: string, servings: number, withSteps: boolean) => [
  { role: 'system' as const, content: recipeInstructions },
  {
    role: 'user' as const,
    content: `Блюдо: ${dish.replace(/\s+/g, ' ').trim()}\nПорций: ${servings}${withSteps ? '\nНужны шаги' : ''}`,
  },
]
