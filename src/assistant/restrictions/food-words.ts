import { foldCase } from '../words.ts'
import { type FoodGroup, plantBased } from './lexicon.ts'

/** Matches a folded word that begins with any of the given beginnings; a hyphenated word also in its later parts. */
export const beginning = (words: string) => new RegExp(`(?:^|-)(?:${words.split(' ').join('|')})`, 'u')

/** Statements of a text, each as its folded words. */
export type Statements = readonly (readonly string[])[]

/** Takes a text apart: a comma, bracket or full stop ends a statement, a decimal comma does not. */
export const statementsOf = (text: string): Statements =>
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

/** Only says what else goes with it: «приправа для курицы». */
const isPurpose = (words: readonly string[], at: number) =>
  words[at - 1] === 'для' && /^(?:приправ|специ|маринад|соус|соль|закваск|рукав|пакет)/.test(words[0] ?? '')

/** A taste rather than the food itself, unless the composition says otherwise: «чипсы со вкусом бекона». */
const isFlavour = (words: readonly string[], at: number) =>
  [words[at - 1], words[at - 2]].some(word => word === 'вкусом' || word === 'ароматом')

const traces = /^(?:след|возможн|может|могут|присутств)/
const adjective = /(?:[ыио]й|ая|яя|ое|ее|ые|ие|ого|ой|ую|ых)$/
const plant = beginning(plantBased)

export interface FoodMatcher {
  /** The word of a text that names the food; null when none does. */
  find(text: Statements, options?: { withTraces?: boolean }): string | null
  /** The word of a name that usually holds it. */
  findLikely(name: Statements): string | null
  /** Whether a name frees the whole product of it: «без глютена». */
  isFree(name: Statements): boolean
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

  const matches = (pattern: RegExp, words: readonly string[], at: number) =>
    pattern.test(words[at] ?? '') || (at + 1 < words.length && pattern.test(`${words[at]}_${words[at + 1]}`))
  const isHarmless = (words: readonly string[], at: number) => {
    const next = words[at + 1] === 'из' ? words[at + 2] : words[at + 1]
    return [words[at - 1], next].some(word => {
      if (word === undefined || harmless?.test(word) !== true) return false
      // «рисовая молочная каша» has milk, «рисовое молоко» has none
      return plant.test(word) || !(adjective.test(word) && adjective.test(words[at] ?? ''))
    })
  }
  const finds = (words: readonly string[], pattern: RegExp) =>
    words.filter(
      (_, at) => matches(pattern, words, at) && !isDenied(words, at) && !isPurpose(words, at) && !isHarmless(words, at),
    )
  const denies = (name: Statements, pattern: RegExp | null) =>
    name.some(words => words.some((word, at) => pattern?.test(word) && isDenied(words, at)))
  const has = (name: Statements, pattern: RegExp | null) => name.flat().some(word => pattern?.test(word))
  const flavours = (words: readonly string[]) => words.filter((_, at) => isFlavour(words, at))

  return {
    find: (text, { withTraces = true } = {}) =>
      text
        .filter(words => withTraces || !words.some(word => traces.test(word)))
        .flatMap(words => finds(words, named).filter(word => !flavours(words).includes(word)))[0] ?? null,
    findLikely(name) {
      const flavour = name.flatMap(words => finds(words, named).filter(word => flavours(words).includes(word)))[0]
      if (flavour !== undefined) return flavour
      if (likely === null || has(name, harmless) || has(name, freeOf) || denies(name, named)) return null
      return name.flatMap(words => finds(words, likely))[0] ?? null
    },
    isFree: name => has(name, label) || denies(name, substance),
  }
}
