import { numberOf } from './amounts.ts'

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
  [/тысяч[ауи]|косар\S*|тыщ\S*/, 1000],
  [/пятихатк\S*|пятьсот|пятисот/, 500],
  [/триста|трехсот/, 300],
  [/сотк[ауи]|сто рублей|ста рублей/, 100],
]

/** The user's budget in roubles, and the text without the words that state it. */
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

const cheap =
  /(?:по)?дешев\S*|недорог\S*|эконом\S*|бюджетн\S*|побюджетнее|(?:(?:слишком|очень|как-то) )?дорог(?:о|овато|ая|ой)(?![а-я])/

/** True if the user asks for cheaper products, and the text without that word. */
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
const bare = /(?:^| )(?:на|для) (?<count>\d{1,2})(?= *(?:$|[,.!?]| и ))/

/** Number of servings, and the text without the words that state it. */
export function splitServings(text: string): { servings: number | null; rest: string } {
  for (const form of [perHead, collective, bare]) {
    const found = form.exec(text)
    const count = numberOf(found?.groups?.count ?? '')
    if (found !== null && count !== null && count >= 1) return { servings: count, rest: text.replace(found[0], ' ') }
  }
  const found = fixed.find(([form]) => form.test(text))
  return found === undefined
    ? { servings: null, rest: text }
    : { servings: found[1], rest: text.replace(found[0], ' ') }
}

const energy = /(?:(?:на|до|около|примерно) )*(?<kcal>\d{2,4}) ?(?:ккал\S*|калори\S*)/

/** The kilocalories the user wants the food to have, and the text without the words that state them. */
export function splitEnergy(text: string): { kcal: number | null; rest: string } {
  const found = energy.exec(text)
  if (found === null) return { kcal: null, rest: text }
  return { kcal: Number(found.groups?.kcal), rest: text.replace(found[0], ' ') }
}

const days = /(?:на )?(?<count>[а-я0-9]+) (?:дня|дней|день)(?![а-я])/

/** Number of days; 1 if the text states none. */
export function daysOf(text: string): number {
  if (/на недел/.test(text)) return 7
  return Math.min(7, Math.max(1, Math.floor(numberOf(days.exec(text)?.groups?.count ?? '') ?? 1)))
}

export const withoutDays = (text: string) => text.replace(days, ' ').replace(/на неделю/, ' ')

export const asksNutrition = (text: string) =>
  /кбжу|бжу|калори|ккал|пищев\S* ценност|сколько (?:там |в \S+ )?(?:белк|жир|углевод)/.test(text)

/** Cooking or ready-made, as far as the wording says. */
export function formOf(text: string): 'cook' | 'ready' | null {
  if (
    /(?:при|с|на)?готови(?:ть|м|л|в)|приготовь|готовлю|сварить|сварю|варить|испечь|испеку|пожарить|запечь|рецепт|ингредиент|продукт\S* (?:для|на)|все для|сделать сам|сам[аи]? (?:сдела|готов)|домашн/.test(
      text,
    )
  ) {
    return 'cook'
  }
  return /готов(?:ую|ый|ая|ое|ые|ых|ого|ой)(?![а-я])|заморож|полуфабрикат|разогре|купить|купи(?![а-я])/.test(text)
    ? 'ready'
    : null
}
