import type { createProductSearch } from './product-search.ts'
import { meaningfulWords, stemOf } from './russian-words.ts'

interface Recipe {
  name: string
  slug: string
  portions: number
  minutes: number
  /** What to search for, and how much. */
  ingredients: readonly (readonly [query: string, quantity: string])[]
  steps: readonly string[]
  nutritional: { calories: number; proteins: number; fats: number; carbs: number }
}

const book: readonly Recipe[] = [
  {
    name: 'Борщ с говядиной',
    slug: 'borshch-s-govyadinoy',
    portions: 6,
    minutes: 120,
    ingredients: [
      ['говядина', '600 г'],
      ['свёкла', '400 г'],
      ['капуста белокочанная', '300 г'],
      ['картофель', '300 г'],
      ['морковь', '150 г'],
      ['лук репчатый', '100 г'],
      ['томатная паста', '2 ст. л.'],
      ['сметана', '200 г'],
    ],
    steps: [
      'Сварите бульон из говядины.',
      'Потушите свёклу с томатной пастой.',
      'Соедините овощи и варите до мягкости.',
    ],
    nutritional: { calories: 62, proteins: 4.6, fats: 2.9, carbs: 4.4 },
  },
  {
    name: 'Паста карбонара',
    slug: 'pasta-karbonara',
    portions: 2,
    minutes: 25,
    ingredients: [
      ['спагетти', '200 г'],
      ['бекон', '150 г'],
      ['яйцо куриное', '3 шт'],
      ['пармезан', '50 г'],
    ],
    steps: ['Отварите спагетти.', 'Обжарьте бекон.', 'Смешайте с желтками и сыром вне огня.'],
    nutritional: { calories: 278, proteins: 12.4, fats: 13.1, carbs: 27.5 },
  },
  {
    name: 'Сырники классические',
    slug: 'syrniki-klassicheskie',
    portions: 3,
    minutes: 30,
    ingredients: [
      ['творог', '500 г'],
      ['яйцо куриное', '1 шт'],
      ['мука пшеничная', '3 ст. л.'],
      ['сахар', '2 ст. л.'],
      ['сметана', '100 г'],
    ],
    steps: ['Разомните творог с яйцом и сахаром.', 'Добавьте муку и сформируйте сырники.', 'Обжарьте с двух сторон.'],
    nutritional: { calories: 214, proteins: 14.8, fats: 10.2, carbs: 16.3 },
  },
  {
    name: 'Греческий салат',
    slug: 'grecheskiy-salat',
    portions: 4,
    minutes: 15,
    ingredients: [
      ['помидоры', '300 г'],
      ['огурцы', '200 г'],
      ['сыр фета', '200 г'],
      ['оливки', '100 г'],
      ['масло оливковое', '3 ст. л.'],
    ],
    steps: ['Нарежьте овощи крупно.', 'Добавьте сыр и оливки.', 'Заправьте маслом.'],
    nutritional: { calories: 132, proteins: 4.1, fats: 11.2, carbs: 3.6 },
  },
]

/** Finds recipes by a word of their name; each ingredient carries the ids of up to three products. An empty query finds all. */
export function createRecipes(search: ReturnType<typeof createProductSearch>) {
  const cards = book.map(({ slug, minutes, ingredients, ...recipe }) => ({
    ...recipe,
    url: `https://vkusvill.ru/media/recipes/${slug}.html`,
    image: `https://img.vkusvill.ru/fake/recipe-${slug}.webp`,
    complexity: 'Легко',
    cooking_time: `${minutes} мин`,
    ingredients: ingredients.map(([query, quantity]) => ({
      name: query,
      quantity,
      ids: search({ q: query, sort: 'popularity', ownBrandOnly: false, categoryId: 0 })
        .slice(0, 3)
        .map(({ id }) => String(id)),
    })),
    allergens: null,
  }))
  const stems = (text: string) => meaningfulWords(text).map(stemOf)

  return (q: string) => cards.filter(({ name }) => stems(q).every(stem => stems(name).includes(stem)))
}
