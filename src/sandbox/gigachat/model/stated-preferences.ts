import type { StatedPreference } from './intent.ts'
import { agree, nounOf } from './lexicon.ts'
import { headNoun } from './wishes.ts'

const allergy = /аллерги\S* (?:на|к) (?<what>[а-я ,-]+?)(?=[.!?;:]|, (?!и )|$| собери| подбери| сделай)/
const avoided =
  /(?:^|[ ,])(?:я |мы |вообще )?не (?:ем|едим|ест|люблю|любим|любит|перенош\S*) (?<what>[а-я ,-]+?)(?=[.!?;:]|,? (?:но|а|зато|собери|подбери|сделай|хочу|нужен|нужно|нужна) |$)/
const diet =
  /(?:^|[ ,])(?:я|мы|у нас|у меня|дочь|сын|муж|жена|для|соблюдаю|соблюдаем) ?[-–]? ?(?<diet>веган[а-я]*|вегетариан[а-я]*|постимся|халяль|кошер[а-я]*|на пп|на кето|безглютенов[а-я]*|целиаки[а-я]*|непереносимость [а-я]+)/
const stated = /запомни(?:те)?[,:]? ?(?:что )?(?:я )?(?:люблю|предпочитаю|всегда бер[уе]\S*|ем|пью)? ?(?<what>.+)$/

/** Allergies, diets and tastes stated in a normalised message, as they should be stored; one category for each allergen. */
export function statedPreferences(text: string): StatedPreference[] {
  if (/^(?:забудь|удали|сотри)/.test(text)) return []
  const allergens = allergy.exec(text)?.groups?.what
  if (allergens !== undefined) {
    return listed(allergens).map(what => ({ category: `аллергия на ${what}`, preference: `исключить: ${what}` }))
  }
  const disliked = avoided.exec(text)?.groups?.what
  if (disliked !== undefined)
    return listed(disliked).map(what => ({ category: `не ем ${what}`, preference: `исключить: ${what}` }))
  const way = diet.exec(text)?.groups?.diet
  if (way !== undefined) return [{ category: 'питание', preference: way }]
  const taste = stated.exec(text)?.groups?.what
  return taste === undefined ? [] : [tasteOf(taste.replace(/[.!]+$/, '').trim())]
}

/** «ни мясо, ни рыбу и яйца у сына» lists three. */
const listed = (foods: string): string[] =>
  foods
    .split(/,| и | или /)
    .map(what =>
      what
        .trim()
        .replace(/^(?:ни|и) /, '')
        .replace(/ у [а-я]+$/, ''),
    )
    .filter(what => what !== '')

/** «молоко без лактозы» is the taste «безлактозное» in the category «молоко»: the word the shop uses. */
function tasteOf(what: string): StatedPreference {
  const words = what.split(' ')
  const at = words.findIndex(word => nounOf(word) !== undefined)
  const category = headNoun(what)
  if (category === null) return { category: 'вкусы', preference: what }
  const noun = nounOf(category)
  const rest = words.toSpliced(at, 1)
  const free = /^без (?<what>лактоз|глютен)/.exec(rest.join(' '))?.groups?.what
  if (noun === undefined || rest.length === 0) return { category, preference: what }
  return {
    category,
    preference: free === undefined ? rest.map(word => agree(word, noun)).join(' ') : agree(`без${free}ный`, noun),
  }
}

/** What the tool of restrictions takes for a stated one; nothing for a taste. */
export function restrictionOf({ category, preference }: StatedPreference): { kind: string; value: string }[] {
  const avoided = /^исключить: (?<what>.+)$/.exec(preference)?.groups?.what
  if (avoided !== undefined) return [{ kind: category.startsWith('аллерги') ? 'allergy' : 'dislike', value: avoided }]
  if (category !== 'питание' || preference === 'на пп') return []
  return [{ kind: preference.startsWith('непереносим') ? 'allergy' : 'diet', value: preference }]
}

/** The restriction that a user asks to forget: «аллергия на орехи»; null for a taste. */
export function restrictionNamed(category: string): { kind: string; value: string } | null {
  const value = /^аллерги\S* (?:на|к) (?<value>.+)$/.exec(category)?.groups?.value
  if (value !== undefined) return { kind: 'allergy', value }
  return /^(?:веган|вегетариан)/.test(category) ? { kind: 'diet', value: category } : null
}
