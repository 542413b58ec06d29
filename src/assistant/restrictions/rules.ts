import type { Restriction } from '../../users/users.ts'
import { wordsOf } from '../words.ts'
import { beginning, createFoodMatcher, type FoodMatcher } from './food-words.ts'
import { diets, type Entry, foodGroups, foods, type GroupName, nutKinds, unjudged, unnamedNuts } from './lexicon.ts'

export interface Rule {
  restriction: Restriction
  forbidden: readonly FoodMatcher[]
  needsLabel: readonly FoodMatcher[]
  labels: RegExp | null
  /** A product of which nothing is stated is reported: a health matter rather than a taste. */
  needsCard: boolean
}

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
const beyondWords = beginning(unjudged)
/** Words of a value that name no food. */
const empty =
  /^(?:без|на|и|не|ем|ест|едим|едят|у|от|к|с|или|все|всех|всё|любые|любой|любых|никаких|аллерги\p{L}*|непереносимост\p{L}*|недостаточност\p{L}*|продукт\p{L}*|изделия|белок|белки|белка|диет\p{L}*|питани\p{L}*|еда|люб\p{L}*|хочу|нельзя|кроме|но|сын\p{L}*|доч\p{L}*|дет\p{L}*|ребен\p{L}*|муж\p{L}*|жен[аеы]|мам\p{L}*|пап\p{L}*|внук\p{L}*|внучк\p{L}*|меня|нас|строго|очень|сильная)$/u
/** Kinds of goods that forbid nothing beside a word that says which: «пальмовое масло». */
const general =
  /^(?:масл\p{L}*|паст[аыу]|напит\p{L}*|соус\p{L}*|усилител\p{L}*|вкус\p{L}*|добавк\p{L}*|семена|жир\p{L}?)$/u
const adjective = /(?:ый|ий|ой|ая|яя|ое|ее|ье|ые|ие|ую|ого|ьи)$/
const isUnspecific = (word: string) => adjective.test(word) || general.test(word)

const compiled = new Map<GroupName, FoodMatcher>()
function matcherOf(name: GroupName): FoodMatcher {
  const matcher = compiled.get(name) ?? createFoodMatcher(foodGroups[name])
  compiled.set(name, matcher)
  return matcher
}
const unnamedNut = createFoodMatcher({ ...foodGroups.nuts, words: unnamedNuts })
const named = (entries: readonly Entry[], word: string) => entries.find(({ names }) => beginning(names).test(word))

/** The entries that the phrases of a value name, and the words that are left of it. */
function readPhrases(words: readonly string[], entries: readonly Entry[]) {
  let rest = words.join('-')
  const found = entries.filter(({ phrases }) => {
    const match = phrases === undefined ? null : beginning(phrases).exec(rest)
    if (match === null) return false
    const end = match.index + match[0].length
    rest = `${rest.slice(0, match.index)}-${rest.slice(end).replace(/^\p{L}*/u, '')}`
    return true
  })
  return { found, rest: rest.match(/\p{L}+/gu) ?? [] }
}

/** Compiles a restriction: by the lexicon where it knows it, else by the user's own word. */
export function rulesOf(restriction: Restriction): Rule[] {
  const words = wordsOf(restriction.value)
  const isDiet = restriction.kind === 'diet'
  const order = isDiet ? [...diets, ...foods] : [...foods, ...diets]
  const { found, rest } = readPhrases(words, order)
  const meant = rest.filter(word => !empty.test(word) && word.length > 1)
  const known = new Set([...found, ...meant.flatMap(word => (nut.test(word) ? [] : (named(order, word) ?? [])))])
  const own = meant.filter(word => {
    if (named(order, word) !== undefined && !nut.test(word)) return false
    // a diet that no entry knows is none of its words, «без глутамата» is
    if (isDiet) return known.size === 0 && words.includes('без') && !beyondWords.test(word)
    if (beyondWords.test(word)) return false
    // «козье молоко» is milk, «красная рыба» fish: the noun decides, its adjective forbids nothing
    const isBeside = meant.length > 1 && isUnspecific(word)
    return !isBeside || (known.size === 0 && !general.test(word) && meant.every(isUnspecific))
  })
  const byEntry = [...known].map(entry => ({
    restriction,
    forbidden: entry.forbids.map(matcherOf),
    needsLabel: (entry.needsLabel ?? []).map(matcherOf),
    labels: entry.labels === undefined ? null : beginning(entry.labels),
    needsCard: restriction.kind !== 'dislike',
  }))
  const byWord = own.flatMap(word => [ownWord(word), ...(nut.test(word) ? [unnamedNut] : [])])
  if (byWord.length === 0) return byEntry
  const needsCard = restriction.kind === 'allergy'
  return [...byEntry, { restriction, forbidden: byWord, needsLabel: [], labels: null, needsCard }]
}

/** Whether code can check a restriction in full: a diet the lexicon does not know, or that words cannot decide, it cannot. */
export const isCheckable = (restriction: Restriction): boolean =>
  !wordsOf(restriction.value).some(word => beyondWords.test(word)) && rulesOf(restriction).length > 0

/** The words of a text that name a food of the lexicon. */
export const knownFoods = (text: string): string[] =>
  wordsOf(text).filter(word => nut.test(word) || named(foods, word) !== undefined)
