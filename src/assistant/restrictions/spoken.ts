import type { Restriction } from '../../users/users.ts'
import { foldCase } from '../words.ts'
import { isCheckable, knownFoods, rulesOf } from './rules.ts'

/** Where a list of foods ends and something else begins: a wish, a reason, a meal. */
const listEnd =
  /(?:^| )(?:собер|собра|подбер|подобра|найд|найти|куп(?:и|ить|ите)|закаж|добав|полож|хоч|хот(?:им|ел)|нужн|нужен|надо|дай|давай|сдела|состав|покаж|посовет|порекоменд|предлож|можно|будет|ищ(?:у|ем)|пожалуйст|чтобы|где|как|сколько|приготов|свар|испеч|помоги|учти|учитыва|запомни|имей|поэтому|потому|так |что |чем |какой|какие|меню|ужин|обед|завтрак|перекус|корзин|но |а |зато|однако|после|вечером|утром|на (?:ужин|обед|завтрак|недел)|у (?:меня|нас|сына|дочери|дочки|мужа|жены|ребенка|мамы|папы|него|нее|них))/u
/** «не люблю готовить», «нельзя ли дешевле», «нельзя дороже 500». */
const noFood = /^(?:\p{L}+ть(?:ся)?|ли|дороже|дешевле|больше|меньше|позже|раньше|так|это|много|дома)(?: |$)/u
const untilSentenceEnd = /^[^.!?;\n]*/u
/** Nothing of the sort: «аллергии на орехи нет», «забудь про аллергию», «больше не веган». */
const denied = /(?:^| )(?:нет|нету|без аллерг|не было|больше не|прошл|исчезл|не аллерг)/u
/** In front of an allergy they delete it («забудь про аллергию»); behind it they ask for something else. */
const revoked = /(?:^| )(?:забуд|забыть|удал|сотри|стереть|убер|отмени)/u

/** The foods named from the beginning of a text on: «орехи, мёд и рыбу, собери ужин» names three. */
function foodsAt(rest: string): string[] {
  const sentence = untilSentenceEnd.exec(rest)?.[0] ?? ''
  const items: string[] = []
  for (const item of sentence.split(',')) {
    const end = item.search(listEnd)
    const named = (end === -1 ? item : item.slice(0, end)).trim()
    if (named !== '') items.push(named)
    if (end !== -1) break
  }
  // «аллергия на орехи, молоко 1 л, хлеб»: what has amounts is an order
  const isShoppingList = items.slice(1).some(item => /\d/.test(item))
  return (isShoppingList ? items.slice(0, 1) : items)
    .flatMap(item => item.split(/ (?:и|или|ни) |\//u))
    .map(item => item.replace(/^(?:ни|и|на|к|ко|также|любы[ех]|все|всё|вообще|совсем|вовсе)(?: |$)/u, '').trim())
    .filter(item => /\p{L}{2}/u.test(item) && item.split(' ').length <= 4 && !noFood.test(item))
}

/** What stands behind the last of these characters; the whole text without any. An expression would take quadratic time. */
const behindLast = (characters: string, text: string): string =>
  text.slice(Math.max(...[...characters].map(character => text.lastIndexOf(character))) + 1)

/** The part of a sentence between commas that holds the position. */
function clauseAround(text: string, at: number): string {
  return behindLast(',.!?;\n', text.slice(0, at)) + (/^[^,.!?;\n]*/u.exec(text.slice(at))?.[0] ?? '')
}

const isTakenBack = (text: string, at: number): boolean => {
  const before = behindLast(',.!?;', text.slice(0, at))
  return revoked.test(before) || denied.test(clauseAround(text, at))
}

/** What stands before the words of a sentence: «мясо и рыбу не ем». */
const foodsBefore = (text: string, at: number): string[] => {
  const clause = behindLast('.!?;\n', text.slice(0, at))
  const pronoun = '(?:я|мы|он|она|муж|жена|сын|дочь|но|а|мне|нам|ему|ей|им|сыну|дочери|мужу|жене)'
  return foodsAt(
    clause.replace(new RegExp(`(?: ${pronoun})* $`, 'u'), '').replace(new RegExp(`^(?:.* )?${pronoun} `, 'u'), ''),
  )
}

const kin =
  'я|мы|он|она|они|сын|доч(?:ь|ка)|муж|жена|мама|папа|подруга|друг|гост(?:ь|и|ья)|девушка|парень|ребенок|дети|брат|сестра|бабушка|дедушка|внук|внучка'
const dietWord =
  '(?:веган|виган|вегетариан|вегитариан|вигетариан|пескетариан|халял|халал|кошер|кашрут|безглютен|целиак|диабет|мусульман|кето)\\p{L}*'
const meal = '(?:ужин|обед|завтрак|меню|стол|набор|корзин|рацион|ед[ауы]|питани|перекус|блюд)'
const dietPatterns = [
  new RegExp(
    `(?:^|[^\\p{L}])(?:${kin}|для|соблюда\\p{L}*|держ\\p{L}*|питание|диета)[ :–—-]{1,3}(?:(?:строг\\p{L}*|убежденн\\p{L}*|тоже|теперь|сейчас|уже|на) )?(?<diet>${dietWord}|пост(?:а|ящих\\p{L}*)?(?!\\p{L}))`,
    'gu',
  ),
  /(?:^|[^\p{L}])(?<!не )(?<diet>диабетик\p{L}*|диабет|подагр\p{L}*|гастрит\p{L}*|панкреатит\p{L}*|целиаки\p{L}*|постимся|пощусь|постящ\p{L}*|великий пост|веганы?|веганк[аи]|вегетарианцы?|вегетарианк[аи]|vegan|vegetarian|gluten-free)(?!\p{L})/gu,
  new RegExp(`(?:^|[^\\p{L}])(?<diet>${dietWord}|постн(?:ый|ое|ого)) (?=${meal})`, 'gu'),
]

const allergyWord =
  /(?<!\p{L})(?:аллерги\p{L}*|анафилакси\p{L}*|непереносимост\p{L}*|не перенос(?:ит|ят|им|ишь)?(?!\p{L})|не переношу|allerg\p{L}*)/gu
const notEaten =
  /(?<!\p{L})(?:не (?:ем|едим|ест|едят|пью|пьем|пьет|люблю|любит|любим|любят|употребля\p{L}*|могу есть|может есть)|избегаю|избегаем|избегает|отказал\p{L}* от|исключаю|исключаем|не клад\p{L}*|не добавля\p{L}*|никак(?:их|ой|ого)|ненавиж\p{L}*|терпеть не мо\p{L}*|не выношу|воротит от)(?!\p{L})/gu
const notAllowed = /(?<!\p{L})(?:нельзя|противопоказан\p{L}*|запрещен\p{L}*)(?!\p{L})/gu
const wholeWithout = new RegExp(
  `(?:(?:^|[.!?;\\n])\\s*(?:(?:и|но|только|а|лучше|все|всё|давай|можно) )*|(?<!\\p{L})(?:${meal}\\p{L}*|все|всё|продукты)(?: \\p{L}+){0,3} )без (?<rest>.+)`,
  'gu',
)

const named = (kind: Restriction['kind'], values: readonly string[]): Restriction[] =>
  values.map(value => ({ kind, value: value.slice(0, 100) }))

/** «аллергия на орехи», «не переношу мёд», «убери орехи, у сына аллергия». */
function statedAllergies(folded: string): Restriction[] {
  const found: string[] = []
  for (const { 0: word, index } of folded.matchAll(allergyWord)) {
    if (isTakenBack(folded, index)) continue
    const after = folded.slice(index + word.length)
    const object = /^(?:[^,.!?;]{0,40}? )??(?:на|к|ко|to)(?: |:)|^\s*[:–—-]/u.exec(after)
    if (object !== null) found.push(...foodsAt(after.slice(object[0].length)))
    else if (/^не/.test(word) && after.trim() !== '') found.push(...foodsAt(after))
    if (object === null) {
      const before = /(?<!\p{L})на (?<what>[^.!?;]{2,60}?) (?:у \p{L}+ )?(?:\p{L}+ая )?$/u.exec(folded.slice(0, index))
      if (before?.groups?.what !== undefined) found.push(...foodsAt(before.groups.what))
      // «убери орехи, у сына аллергия»
      else if (/(?<!\p{L})у \p{L}+ $/u.test(folded.slice(0, index)))
        found.push(...knownFoods(behindLast('.!?;', folded.slice(0, index))))
    }
  }
  return named('allergy', found)
}

/** «мы веганы», «веганский ужин». */
const statedDiets = (folded: string): Restriction[] =>
  dietPatterns
    .flatMap(pattern => [...folded.matchAll(pattern)])
    .flatMap(match =>
      isTakenBack(folded, match.index + match[0].length) ? [] : named('diet', [match.groups?.diet ?? '']),
    )

/** The foods behind words such as «не ем» and «нельзя», or before them: «мясо не ем». */
function refusedFoods(folded: string, words: RegExp): string[] {
  return [...folded.matchAll(words)].flatMap(({ 0: word, index }) => {
    const after = foodsAt(folded.slice(index + word.length))
    return after.length > 0 ? after : foodsBefore(folded, index)
  })
}

/** «ужин без мяса». */
const wholesWithout = (folded: string): string[] =>
  [...folded.matchAll(wholeWithout)].flatMap(({ groups }) => {
    const first = /^[^,:]*/u.exec(groups?.rest ?? '')?.[0] ?? ''
    return foodsAt(first).map(food => `без ${food}`)
  })

const foldText = (text: string): string => foldCase(text.replaceAll('\n', ' . '))

/** Each restriction once, without those that mean no food. */
function withMeaning(found: readonly Restriction[]): Restriction[] {
  const unique = new Map(found.map(restriction => [`${restriction.kind} ${restriction.value}`, restriction]))
  return [...unique.values()].filter(restriction => rulesOf(restriction).length > 0 || !isCheckable(restriction))
}

/**
 * Reads what a user must not get out of their words: «аллергия на орехи», «мы веганы», «не ем мясо, рыбу». It holds for this
 * message whether or not the model stores it. What is taken back («аллергии нет», «я не веган») and what concerns a single
 * product («кефир без сахара», «кроме рыбы», «убери мясо») is none.
 */
export function spokenRestrictions(text: string): Restriction[] {
  const folded = foldText(text)
  return withMeaning([
    ...statedAllergies(folded),
    ...statedDiets(folded),
    ...named('dislike', refusedFoods(folded, notEaten)),
    ...named('allergy', refusedFoods(folded, notAllowed)),
    ...named('diet', wholesWithout(folded)),
  ])
}

/** The allergies among them; looks for nothing else. */
export function spokenAllergies(text: string): Restriction[] {
  const folded = foldText(text)
  return withMeaning([...statedAllergies(folded), ...named('allergy', refusedFoods(folded, notAllowed))])
}

/** Whether a text takes an allergy or diet back. */
export const takesBack = (text: string): boolean => {
  const folded = foldCase(text)
  return /аллерг|непереносим|веган|вегетариан|диет/.test(folded) && (denied.test(folded) || revoked.test(folded))
}
