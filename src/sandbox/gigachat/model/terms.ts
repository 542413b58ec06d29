import { numberOf } from './amounts.ts'
import type { Preference } from './intent.ts'

const group = String.raw`(?<sum>\d[\d ]*(?:\.\d+)?)`
const rouble = String.raw`(?:р(?![а-я])|руб\S*|₽|рэ(?![а-я]))`
const thousand = String.raw`(?:к(?![а-я])|тыс\S*|т\.р\.)`

const budgetForms: [RegExp, number][] = [
  [new RegExp(`${group} ?${thousand}(?: ?${rouble})?`), 1000],
  [new RegExp(`${group} ?${rouble}`), 1],
  [
    /(?:бюджет\S*|уложи\S*|не (?:дороже|больше))\D{0,12}?(?<sum>\d[\d ]*)(?! ?(?:г|кг|мл|л|шт|ккал|калор|человек|персон|порц)(?![а-я]))/,
    1,
  ],
  [/(?:^| )до (?<sum>\d{3,6})(?! ?(?:г|гр|мл|ккал|калор|шт)(?![а-я]))/, 1],
]

const budgetWords: [RegExp, number][] = [
  [/полторы тысячи|полутора тысяч/, 1500],
  [/(?:две|двух|пару) тысяч/, 2000],
  [/(?:три|трех) тысяч/, 3000],
  [/пять тысяч|пяти тысяч/, 5000],
  [/тысяч[ауи]|косарь|тыщ/, 1000],
  [/пятихатк|пятьсот|пятисот/, 500],
  [/триста|трехсот/, 300],
  [/сотк[ауи]|сто рублей|ста рублей/, 100],
]

/** The sum a person wants to keep to, in roubles, and the text without the words that said it. */
export function splitBudget(text: string): { budgetRub: number | null; rest: string } {
  for (const [form, factor] of [...budgetForms, ...budgetWords]) {
    const found = form.exec(text)
    if (found === null) continue
    const sum = found.groups?.sum === undefined ? factor : Number(found.groups.sum.replaceAll(' ', '')) * factor
    const before = text
      .slice(0, found.index)
      .replace(/(?:^| )(?:до|на|за|не дороже|в пределах|бюджет\S*|примерно|максимум|рублей)(?: до| на)? ?$/, ' ')
    const after = text.slice(found.index + found[0].length).replace(new RegExp(`^ ?${rouble}`), '')
    return { budgetRub: sum, rest: `${before} ${after}`.replace(/ +/g, ' ').trim() }
  }
  return { budgetRub: null, rest: text }
}

const cheap = /(?:по)?дешев\S*|недорог\S*|эконом\S*|бюджетн\S*|побюджетнее/

/** Whether cheaper things are wanted, and the text without that word. */
export const splitCheap = (text: string) => ({ cheap: cheap.test(text), rest: text.replace(cheap, ' ') })

const eaters = String.raw`(?:человек\S*|чел\.?|персон\S*|порци\S*|едок\S*|гостей|гостя)`
const perHead = new RegExp(`(?:на|для|нас|из)? ?(?<count>[а-я0-9]+) ?${eaters}`)
const collective =
  /(?:(?:на|для|нас) )(?<count>дво[а-я]+|тро[а-я]+|четвер[а-я]+|пятер[а-я]+|шестер[а-я]+|семер[а-я]+|восьмер[а-я]+|десятер[а-я]+)/
const fixed: [RegExp, number][] = [
  [/вдвоем|нам с (?:мужем|женой|подругой|другом)/, 2],
  [/втроем/, 3],
  [/вчетвером|(?:на|для) (?:всей |всю |нашей )?семь[июе]|семейн\S*/, 4],
  [/(?:на|для) (?:одного|одну|себя)|одному|только (?:мне|себе)/, 1],
  [/(?:на|для) (?:большой |большую )?компани[июя]/, 6],
]

/** For how many people, and the text without the words that said it. */
export function splitServings(text: string): { servings: number | null; rest: string } {
  for (const form of [perHead, collective]) {
    const found = form.exec(text)
    const count = numberOf(found?.groups?.count ?? '')
    if (found !== null && count !== null && count >= 1) return { servings: count, rest: text.replace(found[0], ' ') }
  }
  const found = fixed.find(([form]) => form.test(text))
  return found === undefined
    ? { servings: null, rest: text }
    : { servings: found[1], rest: text.replace(found[0], ' ') }
}

/** For how many days, 1 when nothing is said. */
export function daysOf(text: string): number {
  if (/на недел/.test(text)) return 7
  const found = /(?:на )?(?<count>[а-я0-9]+) (?:дня|дней|день)(?![а-я])/.exec(text)
  return Math.min(7, Math.max(1, Math.floor(numberOf(found?.groups?.count ?? '') ?? 1)))
}

export const asksNutrition = (text: string) =>
  /кбжу|бжу|калори|ккал|пищев\S* ценност|сколько (?:там |в \S+ )?(?:белк|жир|углевод)/.test(text)

/** Cooking or ready-made, as far as the wording says. */
export function formOf(text: string): 'cook' | 'ready' | null {
  if (
    /(?:при|с|на)?готови(?:ть|м|л|в)|готовлю|сварить|сварю|варить|испечь|испеку|пожарить|запечь|рецепт|ингредиент|продукт\S* (?:для|на)|все для|сделать сам|сам[аи]? (?:сдела|готов)|домашн/.test(
      text,
    )
  ) {
    return 'cook'
  }
  return /готов(?:ую|ый|ая|ое|ые|ых|ого|ой)(?![а-я])|заморож|полуфабрикат|разогре|купить|купи(?![а-я])/.test(text)
    ? 'ready'
    : null
}

/** Allergies, diets and tastes told in a message, as they should be stored. */
export function preferencesOf(text: string, headOf: (words: string) => string | null): Preference[] {
  const allergy = /аллерги\S* (?:на|к) (?<what>[а-я ,-]+?)(?=[.!?;:]|, (?!и )|$| собери| подбери| сделай)/.exec(text)
    ?.groups?.what
  if (allergy !== undefined) {
    return allergy
      .split(/,| и /)
      .map(what => what.trim())
      .filter(what => what !== '')
      .map(what => ({ category: `аллергия на ${what}`, preference: `исключить: ${what}` }))
  }
  const avoided =
    /(?:^|[ ,])(?:я |мы |вообще )?не (?:ем|едим|люблю|любим|перенош\S*) (?<what>[а-я -]+?)(?=[,.!?;:]|$)/.exec(text)
      ?.groups?.what
  if (avoided !== undefined) return [{ category: `без: ${avoided}`, preference: `исключить: ${avoided}` }]
  const diet =
    /(?:я|мы|у нас|у меня|дочь|сын|муж|жена) ?-? ?(?<diet>веган\S*|вегетариан\S*|пост(?:имся)?(?![а-я])|на пп|безглютенов\S*|целиаки\S*|непереносимость [а-я]+)/.exec(
      text,
    )?.groups?.diet
  if (diet !== undefined) return [{ category: 'питание', preference: diet }]
  const told = /запомни(?:те)?[,:]? ?(?:что )?(?:я )?(?:люблю|предпочитаю|всегда бер[уе]\S*|ем)? ?(?<what>.+)$/.exec(
    text,
  )?.groups?.what
  if (told === undefined) return []
  const what = told.replace(/[.!]+$/, '').trim()
  const head = headOf(what)
  return [{ category: head ?? 'вкусы', preference: head === null ? what : withoutHead(what, head) }]
}

const withoutHead = (what: string, head: string) =>
  what.replace(new RegExp(`^${head.slice(0, 4)}\\S* ?`), '').trim() || what
