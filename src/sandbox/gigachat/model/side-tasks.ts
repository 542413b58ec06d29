import type { Task, Terms } from './intent.ts'
import { namesMeal } from './meals.ts'
import { headNoun, namesFood, wishesOf } from './wishes.ts'

/** What is no order: other topics, preferences, small talk, questions about a product. All texts are normalised. */

const instructions =
  /(?:забудь|игнорируй|отмени|покажи|раскрой|выведи|повтори)\S* (?:\S+ ){0,3}(?:инструкц|правил|промпт|указани|систем)|ты теперь|я (?:админ|разработчик|тестировщик)|system prompt|ignore .*instructions/
const health = /лекарств|таблетк|диагноз|чем лечить|болит|вылечить|антибиотик/
const otherTopics =
  /(?:напиши|написать|сделай|исправь) (?:\S+ ){0,3}(?:код|программ|скрипт|сайт|эссе|сочинен|стих|письмо|реферат|доклад)|python|javascript|акци[ия] (?:купить|газпром|сбер)|какие акции|инвест|биткоин|крипт|курс (?:доллар|евро|валют)|прогноз погоды|какая погода|политик|президент|реши (?:задач|уравнен)|переведи (?:на|текст)|анекдот|гороскоп/

export function refusalOf(text: string): Task | null {
  if (instructions.test(text)) return { kind: 'refuse', why: 'instructions' }
  if (health.test(text)) return { kind: 'refuse', why: 'advice' }
  return otherTopics.test(text) ? { kind: 'refuse', why: 'role' } : null
}

const forget = /(?:забудь|удали|сотри) (?:\S+ )?(?:про |о |об )(?:то, что )?(?<what>[а-я -]+)/
const show =
  /(?:что ты|что вы|какие)(?: \S+){0,3} (?:помни|знаешь|запомнил|предпочт)|мои предпочтени|покажи предпочтени/
const order = /собер|собр|купи|закаж|заказ|подбер|состав[ьл]|приготов|сделай/

export function preferenceTask(text: string, { remember }: Terms): Task | null {
  const what = forget.exec(text)?.groups?.what
  if (what !== undefined) {
    return { kind: 'preferences', action: 'forget', category: categoryOf(what.trim()) }
  }
  if (show.test(text)) return { kind: 'preferences', action: 'show' }
  if (remember.length === 0) return null
  const alsoOrders = (order.test(text) || namesMeal(text)) && !/^запомни/.test(text)
  return alsoOrders ? null : { kind: 'remember' }
}

/** «аллергию на орехи» is stored as «аллергия на орехи», a taste under its product. */
const categoryOf = (what: string) =>
  what.startsWith('аллерги') ? what.replace(/^аллерги\S*/, 'аллергия') : (headNoun(what) ?? what)

const thanks = /^(?:спасибо|благодарю|супер|класс|отлично|ок|окей|хорошо|здорово)(?:[ !.,].{0,25})?$/
const able = /что (?:ты )?(?:умеешь|можешь)|как (?:ты )?(?:работаешь|пользоваться)|кто ты|помоги(?:те)?$|^помощь/
const vague =
  /что-?нибудь|что-то вкусн|не знаю|чего-то|удиви|на твой вкус|что поесть|что приготовить(?!\S)|голодн|есть хочется|хочу есть/
const hungry = /поесть|пожрать|покушать|похавать|перекусить/
const greeting =
  /^(?:привет\S*|здравствуй\S*|добрый (?:день|вечер)|доброе утро|хай|ку|hello|hi)[ !.)]*(?:как дела\??)?$/

export function smallTalk(text: string, { budgetRub, servings }: Terms): Task | null {
  if (thanks.test(text)) return { kind: 'unclear', why: 'thanks' }
  if (able.test(text)) return { kind: 'unclear', why: 'able' }
  if (greeting.test(text)) return { kind: 'unclear', why: 'greeting' }
  if (namesMeal(text) || namesFood(text.replace('не знаю', ''))) return null
  // "Hungry" with a sum or a number of servings is a complete order.
  const open = vague.test(text) || (hungry.test(text) && budgetRub === null && servings === null)
  return open ? { kind: 'unclear', why: 'vague' } : null
}

const price = /сколько стоит|сколько стоят|какая цена|почем |(?:^| )цена (?:на )?/
const card = /состав (?!\S*корзин)|что в составе|срок годности|аллергены в|из чего (?:сделан|состоит)/

/** «сколько стоит творог», «состав кефира»: a question, so nothing is put into a cart. */
export function questionTask(text: string): Task | null {
  const asked = price.exec(text) ?? card.exec(text)
  if (asked === null || order.test(text.replace(/состав/g, ''))) return null
  const query = wishesOf(text.replace(asked[0], ' ').replace(/[?]/g, ''))[0]?.query
  return query === undefined ? null : { kind: 'about', query, what: price.test(text) ? 'price' : 'card' }
}
