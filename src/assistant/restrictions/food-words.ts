import { foldCase } from '../words.ts'
import type { FoodGroup } from './lexicon.ts'

/** Matches a folded word that begins with any of the given beginnings; a hyphenated word also in its later parts. */
export const beginning = (words: string) => new RegExp(`(?:^|-)(?:${words.split(' ').join('|')})`, 'u')

/** Statements of a text, each as its folded words: a comma, bracket or full stop ends one, a decimal comma does not. */
export const statementsOf = (text: string): string[][] =>
  foldCase(text)
    .replace(/(\d)[.,](?=\d)/g, '$1_')
    .split(/[,;:.()[\]•/]/)
    .map(statement => statement.match(/[\p{L}\d]+(?:-[\p{L}\d]+)*/gu) ?? [])
    .filter(words => words.length > 0)

const connectives = /^(?:с|со|на|но|из|для|по|от|под|содержит|содержать)$/
const farthestNegation = 4

/** Whether the word at `at` is denied: «без сахара», «без добавления сахара», «не содержит орехов и сои». */
function isDenied(words: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= Math.max(0, at - farthestNegation); i--) {
    const word = words[i] ?? ''
    if (word === 'без' || word === 'no') return true
    if (/^содерж/.test(word) && words[i - 1] === 'не') return true
    if (connectives.test(word)) return false
  }
  return words[at + 1] === 'нет' || words[at + 1] === 'отсутствует' || words[at + 1] === 'free'
}

const traces = /^(?:след|возможн|может|могут|присутств)/

export interface FoodMatcher {
  /** The word of a text that names the food; null when none does. */
  find(text: string, options?: { withTraces?: boolean }): string | null
  /** The word of a name that usually holds it. */
  findLikely(name: string): string | null
  /** Whether a name frees the whole product of it: «без глютена». */
  isFree(name: string): boolean
}

const matching = (words: string | undefined) => (words === undefined ? null : beginning(words))

/** Compiles a group of the lexicon. */
export function createFoodMatcher(group: FoodGroup): FoodMatcher {
  const named = beginning(group.words)
  const likely = matching(group.likely)
  const harmless = matching(group.harmlessBeside)
  const freeOf = matching(group.freeOf)
  const label = matching(group.label)
  const substance = matching(group.substance)

  const isHarmless = (words: readonly string[], at: number) => {
    const next = words[at + 1] === 'из' ? words[at + 2] : words[at + 1]
    return [words[at - 1], next].some(word => word !== undefined && harmless?.test(word))
  }
  const finds = (words: readonly string[], pattern: RegExp) =>
    words.filter((word, at) => pattern.test(word) && !isDenied(words, at) && !isHarmless(words, at))
  const denies = (name: string, pattern: RegExp | null) =>
    statementsOf(name).some(words => words.some((word, at) => pattern?.test(word) && isDenied(words, at)))
  const has = (name: string, pattern: RegExp | null) =>
    statementsOf(name)
      .flat()
      .some(word => pattern?.test(word))

  return {
    find: (text, { withTraces = true } = {}) =>
      statementsOf(text)
        .filter(words => withTraces || !words.some(word => traces.test(word)))
        .flatMap(words => finds(words, named))[0] ?? null,
    findLikely(name) {
      if (likely === null || has(name, harmless) || has(name, freeOf) || denies(name, named)) return null
      return statementsOf(name).flatMap(words => finds(words, likely))[0] ?? null
    },
    isFree: name => has(name, label) || denies(name, substance),
  }
}
