import { findDishes } from './dishes.ts'
import type { Task, Terms, Wish } from './intent.ts'
import { namesMeal } from './meals.ts'
import { daysOf, withoutDays } from './terms.ts'
import { namesFood, wishesOf } from './wishes.ts'

/** What becomes a cart: a changed cart, a dish, a meal, a list. All texts are normalised, without the words of the terms. */

const maxWishes = 25
const products = (wishes: Wish[]): Task => ({
  kind: 'products',
  wishes: wishes.slice(0, maxWishes),
  remove: [],
  base: 'new',
})

const verbs = {
  swap: /замени(?:те)?|поменяй(?:те)?/,
  drop: /убери(?:те)?|удали(?:те)?|выкинь(?:те)?|исключи(?:те)?|без/,
  add: /добавь(?:те)?|докинь(?:те)?|добавим|и еще|еще|плюс к/,
}
const verb = new RegExp(
  `(?:^|[ ,])(?:(?<swap>${verbs.swap.source})|(?<drop>${verbs.drop.source})|(?<add>${verbs.add.source}))(?= )`,
  'g',
)
const toPrevious = /(?:к|в) (?:прошл|предыдущ|эт|нее|ней)\S*(?: заказ\S*| корзин\S*)?/

/** «добавь ещё сыр», «замени сыр на творог», «убери хлеб, добавь масло»: the previous cart, changed. */
export function changeTask(text: string): Task | null {
  const found = [...text.matchAll(verb)]
  const [first] = found
  if (first === undefined) return null
  const head = text.slice(0, first.index)
  const goesOn = first.groups?.drop !== undefined || /еще|плюс/.test(first[0])
  if (
    goesOn &&
    (wishesOf(head).length > 0 || (first.groups?.drop !== undefined && /собер|приготов|закаж/.test(text)))
  ) {
    return null
  }
  const wishes: Wish[] = []
  const remove: string[] = []
  for (const [i, { 0: word, index, groups }] of found.entries()) {
    const tail = text.slice(index + word.length, found[i + 1]?.index).replace(/,? (?:и|а|но)$/, '')
    const [from = '', to = ''] = tail.split(/ на /)
    if (groups?.swap !== undefined) wishes.push(...wishesOf(to))
    if (groups?.add !== undefined) wishes.push(...wishesOf(tail.replace(toPrevious, ' ')))
    else remove.push(...queriesOf(groups?.swap === undefined ? tail : from))
  }
  return wishes.length + remove.length === 0 ? null : { kind: 'products', wishes, remove, base: 'previous' }
}

const queriesOf = (text: string) => wishesOf(text).map(wish => wish.query)

/** Takes weeks to ripen, so it is bought ready whatever the wording. */
const preserved = /квашен|кимчи|аджик|варень|солень|солены|маринован|джем/
const namedDish =
  /(?:приготовить|приготовь|сварить|испечь|запечь|пожарить|рецепт|ингредиенты (?:для|на)|продукты (?:для|на)|все для)(?: мне| нам)? (?<dish>[а-я -]{3,60})/

export function dishTask(text: string, terms: Terms): Task | null {
  const isList = /[,;\n]/.test(text.replace(/^[^:]*:/, '')) && wishesOf(text).length > 2
  const [dish, ...others] = findDishes(text)
  if (preserved.test(text) || (isList && !(terms.form === 'cook' && others.length > 0))) return null
  if (dish !== undefined) {
    const isCounted = /(?:^| )\d+ (?:шт\S* )?\S+$/.test(text)
    const form = terms.form ?? (terms.servings !== null ? 'cook' : isCounted ? 'ready' : 'unknown')
    const also = others.map(({ name }) => name)
    return { kind: 'dish', dish: dish.name, ...(also.length > 0 && { also }), form }
  }
  const named = namedDish.exec(text)?.groups?.dish?.trim()
  return named === undefined || namesMeal(named) || /^(?:недел|день|\S+ д(?:ня|ней))/.test(named)
    ? null
    : { kind: 'dish', dish: named, form: 'cook' }
}

/** A meal without a list becomes a set; a single food named with it joins the set. */
export function mealTask(text: string, { servings, budgetRub }: Terms): Task | null {
  const meal = namesMeal(text) ? text : impliedMeal(text, servings !== null || budgetRub !== null)
  if (meal === null) return null
  const colon = text.indexOf(':')
  const listed = colon === -1 ? foodsIn(text) : wishesOf(text.slice(colon + 1))
  if (/к чаю/.test(text)) {
    return { kind: 'meal', meal: 'к чаю', days: 1, extra: foodsIn(text.replace(/сладк\S*|к чаю/g, ' ')) }
  }
  if (listed.length > 1 || (colon !== -1 && listed.length > 0)) return products(listed)
  return { kind: 'meal', meal, days: daysOf(text), extra: listed }
}

/** A sum or a number of servings without any food means an ordinary supper, or basic food for a «корзина». */
function impliedMeal(text: string, isDetailed: boolean): string | null {
  if (!isDetailed || namesFood(text)) return null
  if (/поесть|пожрать|покушать|похавать|перекусить/.test(text)) return 'ужин'
  return /корзин/.test(text) ? 'набор' : null
}

const emptyWords = /^(?:еду|еда|еды|поесть|покушать|что|че|ингредиенты?|дешевле|что-\S+|чего-\S+|для\S*)$/

export function listTask(text: string, orders: boolean): Task | null {
  const colon = text.indexOf(':')
  const list = withoutDays(colon === -1 ? text : text.slice(colon + 1))
  const wishes = wishesOf(list).filter(wish => !emptyWords.test(wish.query.split(' ')[0] ?? ''))
  if (wishes.length === 0 || (answersForm.test(list) && !namesFood(list))) return null
  const plausible = namesFood(list) || wishes.length > 1 || orders || list.split(' ').length <= 3
  return plausible && wishes.every(wish => wish.query.split(' ').length <= 6) ? products(wishes) : null
}

/** An answer to «готовое или ингредиенты?», which names no food. */
const answersForm = /готов|ингредиент|(?:^| )сам[аи]?м?(?!\S)/

/** The known foods a text names. */
export const foodsIn = (text: string) =>
  wishesOf(text).filter(wish => namesFood(wish.query) && !/^что-/.test(wish.query))
