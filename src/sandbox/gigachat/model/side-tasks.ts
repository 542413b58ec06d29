import type { Task, Terms } from './intent.ts'
import { namesMeal } from './meals.ts'
import { headNoun, namesFood, wishesOf } from './wishes.ts'

/** What is no order: other topics, preferences, small talk, questions about a product. All texts are normalised. */

const instructions =
  /(?:забудь|игнорируй|отмени|покажи|раскрой|выведи|повтори)\S* (?:\S+ ){0,3}(?:инструкц|правил|промпт|указани|систем)|ты теперь|я (?:админ|разработчик|тестировщик)|system prompt|ignore .*instructions/
const health = /лекарств|таблетк|диагноз|чем лечить|болит|вылечить|антибиотик/
const otherTopics =
  /(?:напиши|написать|сделай|исправь) (?:\S+ ){0,3}(?:код|программ|скрипт|сайт|эссе|сочинен|стих|письмо|реферат|доклад)|python|javascript|акци[ия] (?:купить|газпром|сбер)|какие акции|инвест|биткоин|крипт|курс (?:доллар|евро|валют)|прогноз погоды|какая погода|политик|президент|реши (?:задач|уравнен)|переведи (?:на|текст)|анекдот|гороскоп/

/** What only the shop can do. */
const orders =
  /(?:где|когда|статус|отмени\S*|отследи\S*)(?: \S+){0,2} (?:заказ|доставк|курьер|привез)|^где (?:мой |наш )?заказ|когда (?:привез|достав|приед)|(?:оформи|закажи|хочу|нужна|есть|бесплатн\S*|сколько стоит|адрес) (?:мне )?доставк|доставьте|привези\S*|оплат\S*|верни\S* (?:мне )?(?:деньги|товар)|возврат|промокод|карт[ау] лояльности|баллы|жалоб\S*|тухл\S*|просроч\S*/

export function refusalOf(text: string): Task | null {
  if (orders.test(text)) return { kind: 'refuse', why: 'order' }
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

const insults =
  /(?:^|(?<=[ ,.!?-]))(?:дур(?:ак|а|ень|ацк)\S*|идиот\S*|туп(?:ой|ая|ые|ица|ень|иц)\S*|кретин\S*|дебил\S*|придур\S*|урод\S*|мраз\S*|твар(?:ь|и)|сволоч\S*|говн\S*|дерьм\S*|бля(?:д\S*|ть)?|сук(?:а|и|ин)|(?:на)?ху[йеяи]\S*|пизд\S*|[её]б(?:а|у|н|л|т)\S*|муда\S*|гандон\S*|жоп\S*|отст(?:ой|ань)\S*|заткнись|задолбал\S*|пош[ео]л (?:ты|вон|к черту)|ненавижу(?: тебя)?)(?=$|[ ,.!?-])/g

/** The text without what offends; a text of nothing else becomes the one word `insults` stand for. */
export function withoutInsults(text: string): string {
  if (text.search(insults) === -1) return text
  const rest = text
    .replace(insults, ' ')
    .replace(/(?:^|(?<= ))(?:ты|вы|бот|тупо|такой|какой|вообще|и)(?=$|[ ,.!?])/g, ' ')
  const cleaned = rest.replace(/[ ,.!?-]+/g, ' ').trim()
  return cleaned === ''
    ? insult
    : rest
        .replace(/ +/g, ' ')
        .replace(/^[ ,.!?-]+/, '')
        .trim()
}
const insult = '#'

const cartShown =
  /^(?:а )?(?:(?:и )?что (?:у меня |там |сейчас )?в(?: моей| нашей)? корзин\S*|покажи(?:те)? (?:мне )?(?:мою |последнюю |прошлую |что в )?корзин\S*|(?:моя|последняя) корзина)[ ?.!]*$/
const allowance =
  /сколько (?:\S+ ){0,3}(?:корзин|осталось)(?:\S*)?(?: (?:\S+ ){0,2}(?:осталось|корзин\S*|есть))?|(?:корзины|лимит)(?: еще)? (?:остались|есть)/
const repeated =
  /^(?:а |ну |давай(?:те)? )?(?:повтори(?:те|ть)?|закажи(?:те)?|собери(?:те)?|хочу|можно|сделай)? ?(?:мне )?(?:(?:мой |мою |наш )?(?:прошл|последн|предыдущ|вчерашн)\S* (?:заказ|корзин|покупк)\S*|(?:все )?то же(?: самое)?(?: что (?:и )?(?:вчера|в прошлый раз|раньше))?|как в прошлый раз|как вчера|повтори(?:те|ть)?)[ .!?]*$/

/** Questions about what the bot knows already, and the last cart again. */
export function stateTask(text: string): Task | null {
  if (cartShown.test(text)) return { kind: 'state', what: 'cart' }
  if (/корзин|осталось/.test(text) && allowance.test(text)) return { kind: 'state', what: 'allowance' }
  return repeated.test(text) ? { kind: 'products', wishes: [], remove: [], base: 'previous' } : null
}

const yes = /^(?:да|ага|угу|давай(?:те)?|конечно|верно|точно|да,? (?:давай|пожалуйста|конечно|верно))[ .!]*$/
const no =
  /^(?:нет|не-а|не надо|не нужно|не хочу|нет,? спасибо|нет,? не (?:надо|нужно)|отмена|стоп|хватит|передумал\S*)[ .!]*$/
const chat = /^(?:как (?:дела|жизнь|ты)|что нового|кто тебя (?:сделал|создал)|ты (?:бот|человек|робот))[ ?.!]*$/
const thanks = /^(?:спасибо|благодарю|супер|класс|отлично|ок|окей|хорошо|здорово)(?:[ !.,].{0,25})?$/
const able = /что (?:ты )?(?:умеешь|можешь)|как (?:ты )?(?:работаешь|пользоваться)|кто ты|помоги(?:те)?$|^помощь/
const vague =
  /что-?нибудь|что-то вкусн|не знаю|чего-то|удиви|на твой вкус|что поесть|что приготовить(?!\S)|голодн|есть хочется|хочу есть/
const hungry = /поесть|пожрать|покушать|похавать|перекусить/
const greeting =
  /^(?:привет\S*|здравствуй\S*|добрый (?:день|вечер)|доброе утро|хай|ку|hello|hi)[ !.)]*(?:как дела\??)?$/

export function smallTalk(text: string, { budgetRub, servings }: Terms): Task | null {
  if (text === insult) return { kind: 'unclear', why: 'rude' }
  if (yes.test(text)) return { kind: 'unclear', why: 'yes' }
  if (no.test(text)) return { kind: 'unclear', why: 'no' }
  if (thanks.test(text)) return { kind: 'unclear', why: 'thanks' }
  if (chat.test(text)) return { kind: 'unclear', why: 'able' }
  if (able.test(text)) return { kind: 'unclear', why: 'able' }
  if (greeting.test(text)) return { kind: 'unclear', why: 'greeting' }
  if (namesMeal(text) || namesFood(text.replace('не знаю', ''))) return null
  // "Hungry" with a sum or a number of servings is a complete order.
  const open = vague.test(text) || (hungry.test(text) && budgetRub === null && servings === null)
  return open ? { kind: 'unclear', why: 'vague' } : null
}

const price = /сколько стоит|сколько стоят|какая цена|почем |(?:^| )цена (?:на )?/
const inStock = /^(?:а )?(?:есть|имеется|продается|продаете|бывает)(?: ли| у вас)*(?= ).*\?/
const card = /состав (?!\S*корзин)|что в составе|срок годности|аллергены в|из чего (?:сделан|состоит)/

/** «сколько стоит творог», «состав кефира»: a question, so nothing is put into a cart. */
export function questionTask(text: string): Task | null {
  const asked = price.exec(text) ?? card.exec(text) ?? inStock.exec(text)
  if (asked === null || order.test(text.replace(/состав/g, ''))) return null
  const query = wishesOf(
    text
      .replace(/^(?:а )?(?:есть|имеется|продается|продаете|бывает)(?: ли| у вас)*(?= )/, ' ')
      .replace(price, ' ')
      .replace(card, ' ')
      .replace(/[?]/g, ''),
  )[0]?.query
  return query === undefined ? null : { kind: 'about', query, what: card.test(text) ? 'card' : 'price' }
}
