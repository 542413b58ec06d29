import type { Task, Terms, Wish } from './intent.ts'
import { hash } from './words.ts'

interface Position {
  query: string
  /** Per serving; the cart rounds to what is sold. */
  each: number
  unit: 'шт' | 'г' | 'мл'
}

interface Meal {
  match: RegExp
  healthy?: true
  kids?: true
  /** One position a day for everyone, instead of everything every day. */
  perDay?: true
  /** One of these sets is chosen, always the same for the same text. */
  sets: readonly string[]
}

/** `query amount unit`, comma-separated, per serving. The first meal that fits the text wins. */
const meals: readonly Meal[] = [
  { match: /завтрак/, kids: true, sets: ['каша овсяная 60 г, йогурт детский 1 шт, бананы 1 шт, печенье 50 г'] },
  {
    match: /завтрак/,
    healthy: true,
    sets: [
      'хлопья овсяные 60 г, йогурт греческий 1 шт, бананы 1 шт, ягоды 60 г',
      'творог 150 г, яйца 2 шт, хлебцы 40 г, яблоки 1 шт',
    ],
  },
  {
    match: /завтрак/,
    sets: [
      'яйца 2 шт, хлеб 120 г, сыр 60 г, помидоры 120 г, масло сливочное 20 г',
      'творог 150 г, сметана 60 г, бананы 1 шт, хлеб 100 г, сыр 50 г',
      'хлопья овсяные 60 г, молоко 250 мл, бананы 1 шт, мед 20 г',
    ],
  },
  {
    match: /(?:готов|бизнес).*(?:обед|ланч|ужин)/,
    perDay: true,
    sets: [
      'гречка с курицей 1 шт, плов 1 шт, лазанья 1 шт, паста болоньезе 1 шт, бефстроганов 1 шт, голубцы 1 шт, борщ 1 шт',
    ],
  },
  {
    match: /обед|ланч/,
    healthy: true,
    sets: ['филе индейки 180 г, булгур 70 г, брокколи 150 г, огурцы 100 г'],
  },
  {
    match: /обед|ланч/,
    sets: [
      'филе куриное 200 г, гречка 70 г, огурцы 100 г, помидоры 120 г, хлеб 60 г',
      'фарш 150 г, макароны 90 г, соус томатный 60 г, сыр 40 г, помидоры 100 г',
    ],
  },
  {
    match: /ужин|романтич/,
    healthy: true,
    sets: ['филе трески 200 г, брокколи 150 г, салат 60 г, лимон 1 шт'],
  },
  {
    match: /ужин|романтич/,
    sets: [
      'филе куриное 200 г, картофель 250 г, помидоры 120 г, огурцы 100 г, сметана 50 г',
      'макароны 100 г, соус томатный 80 г, сыр 50 г, салат 50 г',
      'форель 200 г, рис 70 г, огурцы 100 г, лимон 1 шт',
    ],
  },
  {
    match: /перекус|полдник|снек/,
    healthy: true,
    sets: ['яблоки 1 шт, йогурт 1 шт, орехи 40 г', 'морковь 100 г, хумус 60 г, хлебцы 40 г'],
  },
  {
    match: /перекус|полдник|снек/,
    sets: ['бананы 1 шт, йогурт 1 шт, орехи 40 г', 'сыр 50 г, хлебцы 40 г, яблоки 1 шт'],
  },
  {
    match: /праздн|день рожд|вечерин|фуршет|гост(?:и|ей|ям)|застол|новый год/,
    sets: [
      'колбаса сырокопченая 40 г, сыр 60 г, оливки 30 г, помидоры 100 г, огурцы 80 г, виноград 80 г, лаваш 40 г, филе куриное 200 г, сок 300 мл, торт 120 г',
    ],
  },
  {
    match: /пикник|на природ|на дачу/,
    sets: ['сосиски 150 г, лаваш 60 г, помидоры 120 г, огурцы 100 г, укроп 15 г, сок 300 мл, яблоки 150 г'],
  },
  {
    match: /меню|рацион|питани\S* на|на недел/,
    sets: [
      'хлопья овсяные 40 г, молоко 150 мл, яйца 1 шт, хлеб 80 г, сыр 25 г, филе куриное 90 г, фарш 60 г, гречка 35 г, рис 30 г, макароны 35 г, картофель 120 г, огурцы 60 г, помидоры 70 г, яблоки 1 шт',
    ],
  },
  { match: /набор|корзин/, sets: ['хлеб 120 г, молоко 250 мл, яйца 2 шт, макароны 90 г, яблоки 1 шт'] },
  { match: /к чаю|чаепит/, sets: ['печенье 70 г, зефир 50 г, шоколад 30 г, чай 6 г'] },
]

/** Whether a normalised text names a meal rather than things to buy; any cart is a «корзина», so that word says nothing. */
export const namesMeal = (text: string) => meals.some(meal => meal.match.test(text.replace(/корзин\S*/g, ' ')))

/** The positions of a meal for its number of servings, each of them optional, and what was named beside it. */
export function wishesOfMeal({ meal, days, extra }: MealTask, { servings, budgetRub }: Terms): Wish[] {
  const set = mealSet(meal, servings ?? (budgetRub === null ? 2 : 1), days)
  return [...set, ...extra.filter(wish => !set.some(other => other.query.includes(wish.query)))]
}

type MealTask = Extract<Task, { kind: 'meal' }>

function mealSet(text: string, servings: number, days: number): Wish[] {
  const healthy = /здоров|полезн|легк|(?:^| )пп(?: |$)|диет|фитнес|правильн/.test(text)
  const kids = /детск|ребен|детям|дочк|сын/.test(text)
  const fitting = meals.filter(meal => meal.match.test(text))
  const meal =
    fitting.find(m => kids && m.kids) ??
    fitting.find(m => healthy && m.healthy) ??
    fitting.find(m => !m.healthy && !m.kids)
  if (meal === undefined) return []
  const set = meal.sets[hash(text) % meal.sets.length] ?? ''
  const positions = set.split(', ').map(position)
  const chosen = meal.perDay ? positions.slice(0, Math.max(2, days)) : positions
  const times = meal.perDay ? servings : servings * days
  return chosen.map(({ query, each, unit }) => ({ query, amount: { value: each * times, unit }, optional: true }))
}

function position(line: string): Position {
  const parts = /^(?<query>.+) (?<each>\d+) (?<unit>шт|г|мл)$/.exec(line)?.groups ?? {}
  const unit = (['шт', 'г', 'мл'] as const).find(u => u === parts.unit)
  if (unit === undefined) throw new Error(`not a position: ${line}`)
  return { query: parts.query ?? '', each: Number(parts.each), unit }
}
