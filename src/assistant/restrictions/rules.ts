import type { Restriction } from '../../users/users.ts'
import { foldCase, wordsOf } from '../words.ts'
import { beginning, createFoodMatcher, type FoodMatcher } from './food-words.ts'
import { diets, type Entry, foodGroups, foods, nutKinds, unnamedNuts } from './lexicon.ts'

export interface Rule {
  restriction: Restriction
  forbidden: readonly FoodMatcher[]
  needsLabel: readonly FoodMatcher[]
  labels: RegExp | null
}

const never: Entry = { names: '', forbids: [] }

/** A word of the user's own as a matcher: «кинза» also as «кинзы» and «кинзой». */
function ownWord(word: string): FoodMatcher {
  if (word.endsWith('ец')) return createFoodMatcher({ words: `${word.slice(0, -2)}(?:ец|ц)` })
  if (word.length <= 4) {
    const base = word.length > 2 ? word.replace(/[аеиоуыьюя]$/, '') : word
    return createFoodMatcher({ words: `${base}(?:\\p{L}{0,2}$|ов\\p{L}+|н\\p{L}+)` })
  }
  return createFoodMatcher({ words: word.slice(0, Math.max(4, word.length - 2)) })
}

const nut = beginning(nutKinds)
const emptyWords = new Set([
  'без',
  'на',
  'и',
  'не',
  'ем',
  'или',
  'все',
  'всех',
  'любые',
  'любой',
  'аллергия',
  'непереносимость',
  'продукты',
  'белок',
  'диета',
  'питание',
])

const matchersOf = (names: Entry['forbids']) => names.map(name => createFoodMatcher(foodGroups[name]))

/** Compiles a restriction: by the lexicon where it knows it, else by the user's own word. */
export function ruleOf(restriction: Restriction): Rule {
  const words = wordsOf(restriction.value)
  const wanted = foldCase(restriction.value).replaceAll(' ', '-')
  const fits = ({ names }: Entry) => words.some(word => beginning(names).test(word)) || beginning(names).test(wanted)
  const diet = restriction.kind === 'diet' ? (diets.find(fits) ?? foods.find(fits) ?? never) : null
  if (diet !== null) {
    return {
      restriction,
      forbidden: matchersOf(diet.forbids),
      needsLabel: matchersOf(diet.needsLabel ?? []),
      labels: diet.labels === undefined ? null : beginning(diet.labels),
    }
  }
  const forbidden = words
    .filter(word => !emptyWords.has(word) && word.length > 1)
    .flatMap(word => {
      const entry = [...foods, ...diets].find(({ names }) => beginning(names).test(word))
      if (nut.test(word)) return [ownWord(word), createFoodMatcher({ ...foodGroups.nuts, words: unnamedNuts })]
      // «козье молоко» is milk, «красная рыба» fish: the noun decides, its adjective forbids nothing
      if (entry === undefined && words.length > 1 && /(?:ый|ий|ой|ая|яя|ое|ее|ье|ые|ие|ые|ьи)$/.test(word)) return []
      return entry === undefined ? [ownWord(word)] : matchersOf(entry.forbids)
    })
  return { restriction, forbidden, needsLabel: [], labels: null }
}

/** Whether code can check a restriction at all: a diet the lexicon does not know cannot be. */
export const isCheckable = (restriction: Restriction): boolean => {
  const { forbidden, needsLabel } = ruleOf(restriction)
  return forbidden.length + needsLabel.length > 0
}
