import { findDish } from './dishes.ts'
import type { Intent, Task, Terms, Wish } from './intent.ts'
import { mealWishes, namesMeal } from './meals.ts'
import { asksNutrition, daysOf, formOf, preferencesOf, splitBudget, splitCheap, splitServings } from './terms.ts'
import { headNoun, namesFood, wishesOf } from './wishes.ts'
import { normalise } from './words.ts'

/**
 * What the person wants, from all their messages, oldest first. A message that only sets terms («подешевле», «на четверых»,
 * «готовую») changes the task before it.
 */
export function understand(texts: readonly string[]): Intent {
  let current: Intent | null = null
  for (const text of texts) {
    const read = readMessage(text)
    if (read.task !== null) current = { ...read, task: read.task }
    else if (current !== null && isShopping(current.task) && saysSomething(read)) current = withTerms(current, read)
    else current = { ...read, task: { kind: 'unclear', why: 'vague' } }
  }
  return current ?? { ...noTerms, task: { kind: 'unclear', why: 'vague' }, text: '' }
}

type Reading = Omit<Intent, 'task'> & { task: Task | null }

const noTerms: Terms = { servings: null, budgetRub: null, cheap: false, nutrition: false, form: null, remember: [] }

const isShopping = (task: Task) => task.kind === 'products' || task.kind === 'dish'

const saysSomething = (terms: Terms) =>
  terms.servings !== null || terms.budgetRub !== null || terms.cheap || terms.form !== null

function withTerms(before: Intent, now: Reading): Intent {
  const { task } = before
  return {
    task: task.kind === 'dish' && now.form !== null ? { ...task, form: now.form } : task,
    servings: now.servings ?? before.servings,
    budgetRub: now.budgetRub ?? before.budgetRub,
    cheap: now.cheap || before.cheap,
    nutrition: now.nutrition,
    form: now.form ?? before.form,
    remember: now.remember,
    text: now.text,
  }
}

function readMessage(text: string): Reading {
  const whole = normalise(text)
  const { budgetRub, rest: noBudget } = splitBudget(whole)
  const { cheap, rest: noCheap } = splitCheap(noBudget)
  const { servings, rest } = splitServings(noCheap)
  const terms: Terms = {
    servings,
    budgetRub,
    cheap,
    nutrition: asksNutrition(whole),
    form: formOf(whole),
    remember: preferencesOf(whole, headNoun),
  }
  return { ...terms, text, task: taskOf(whole, rest.replace(/ +/g, ' ').trim(), terms) }
}

/** The task of one message; null when it only sets terms, or says nothing we know. */
function taskOf(whole: string, rest: string, terms: Terms): Task | null {
  const fixed = refusal(whole) ?? preferenceTask(whole, terms)
  if (fixed !== null) return fixed
  const wanted = terms.remember.length === 0 ? rest : rest.replace(/^.*?аллерги[^.,;!]*[.,;!]?/, ' ').trim()
  const small = smallTalk(wanted)
  if (small !== null) return small
  const orders = /собер|собр|купи|закаж|заказ|корзин|нуж|хо(?:чу|тим)|подбер|состав|приготов|сделай/.test(wanted)
  if (terms.nutrition && !orders && !namesMeal(wanted)) return { kind: 'nutrition', wishes: foodsIn(wanted) }
  const asked = wanted.replace(nutritionWords, ' ').replace(/в корзину/g, ' ')
  return changeTask(asked) ?? dishTask(asked, terms) ?? mealTask(asked, terms) ?? listTask(asked, orders)
}

const nutritionWords =
  /(?:и |, ?)?(?:посчитай|рассчитай|подсчитай|скажи|с подсчетом|сколько)?\s*(?:все |общ\S* |их )*(?:кбжу|бжу|калори\S*|ккал|пищев\S* ценност\S*)(?: на \S+)?/g

function refusal(text: string): Task | null {
  if (
    /(?:забудь|игнорируй|отмени|покажи|раскрой|выведи|повтори)\S* (?:\S+ ){0,3}(?:инструкц|правил|промпт|указани|систем)|ты теперь|я (?:админ|разработчик|тестировщик)|system prompt|ignore .*instructions/.test(
      text,
    )
  ) {
    return { kind: 'refuse', why: 'instructions' }
  }
  if (/лекарств|таблетк|диагноз|чем лечить|болит|вылечить|антибиотик/.test(text))
    return { kind: 'refuse', why: 'advice' }
  return /(?:напиши|написать|сделай|исправь) (?:\S+ ){0,3}(?:код|программ|скрипт|сайт|эссе|сочинен|стих|письмо|реферат|доклад)|python|javascript|акци[ия] (?:купить|газпром|сбер)|какие акции|инвест|биткоин|крипт|курс (?:доллар|евро|валют)|прогноз погоды|какая погода|политик|президент|реши (?:задач|уравнен)|переведи (?:на|текст)|анекдот|гороскоп/.test(
    text,
  )
    ? { kind: 'refuse', why: 'role' }
    : null
}

function preferenceTask(text: string, terms: Terms): Task | null {
  const forget = /(?:забудь|удали|сотри) (?:\S+ )?(?:про |о |об |предпочтени\S* (?:про |о )?)(?<what>[а-я -]+)/.exec(
    text,
  )?.groups?.what
  if (forget !== undefined)
    return { kind: 'preferences', action: 'forget', category: headNoun(forget) ?? forget.trim() }
  if (
    /(?:что ты|что вы|какие) (?:\S+ )?(?:помни|знаешь обо мне|запомнил|мои предпочт)|мои предпочтени|покажи предпочтени/.test(
      text,
    )
  ) {
    return { kind: 'preferences', action: 'show' }
  }
  if (terms.remember.length === 0) return null
  const alsoOrders = /собер|собр|купи|закаж|заказ|подбер|состав|приготов|сделай/.test(text) || namesMeal(text)
  return alsoOrders && !/^запомни/.test(text) ? null : { kind: 'remember' }
}

function smallTalk(text: string): Task | null {
  if (/^(?:спасибо|благодарю|супер|класс|отлично|ок|окей|хорошо|здорово)(?:[ !.,].{0,25})?$/.test(text)) {
    return { kind: 'unclear', why: 'thanks' }
  }
  if (/что (?:ты )?(?:умеешь|можешь)|как (?:ты )?(?:работаешь|пользоваться)|кто ты|помоги(?:те)?$|^помощь/.test(text)) {
    return { kind: 'unclear', why: 'able' }
  }
  if (
    /что-?нибудь|что-то вкусн|не знаю|чего-то|удиви|на твой вкус|что поесть|что приготовить(?!\S)|голодн|есть хочется|хочу есть/.test(
      text,
    ) &&
    !namesMeal(text)
  ) {
    return namesFood(text.replace(/не знаю/, '')) && !/к чаю/.test(text) ? null : { kind: 'unclear', why: 'vague' }
  }
  return /^(?:привет\S*|здравствуй\S*|добрый (?:день|вечер)|доброе утро|хай|ку|hello|hi)[ !.)]*(?:как дела\??)?$/.test(
    text,
  )
    ? { kind: 'unclear', why: 'greeting' }
    : null
}

/** «добавь ещё сыр», «замени сыр на творог», «убери хлеб»: the previous cart, changed. */
function changeTask(text: string): Task | null {
  const swap = /замени(?:те)?|поменяй/.exec(text)
  if (swap !== null) {
    const [from = '', to = ''] = text.slice(swap.index + swap[0].length).split(/ на /)
    return { kind: 'products', wishes: wishesOf(to), remove: wishesOf(from).map(w => w.query), base: 'previous' }
  }
  const drop = /(?:^| )(?:убери(?:те)?|удали|выкинь|исключи|без)(?= )/.exec(text)
  if (drop !== null && !/собер|приготов|закаж/.test(text) && wishesOf(text.slice(0, drop.index)).length === 0) {
    const remove = wishesOf(text.slice(drop.index + drop[0].length)).map(w => w.query)
    return { kind: 'products', wishes: [], remove, base: 'previous' }
  }
  const add = /(?:^| )(?:добавь(?:те)?|докинь(?:те)?|добавим|и еще|еще|плюс к)(?= )/.exec(text)
  if (add === null) return null
  const wishes = wishesOf(
    text.slice(add.index + add[0].length).replace(/к (?:прошл|предыдущ)\S*(?: заказ\S*| корзин\S*)?/, ' '),
  )
  return wishes.length === 0 ? null : { kind: 'products', wishes, remove: [], base: 'previous' }
}

const fermented = /квашен|кимчи|аджик|варень|солень|солены|маринован|джем/

function dishTask(text: string, terms: Terms): Task | null {
  if (fermented.test(text)) return null
  const isList = /[,;\n]/.test(text.replace(/^[^:]*:/, '')) && wishesOf(text).length > 2
  const dish = findDish(text)
  if (dish !== undefined && !isList) {
    const counted = /(?:^| )\d+ (?:шт\S* )?\S+$/.test(text)
    const form = terms.form ?? (terms.servings !== null ? 'cook' : counted ? 'ready' : 'unknown')
    return { kind: 'dish', dish: dish.name, form }
  }
  const named =
    /(?:приготовить|сварить|испечь|запечь|пожарить|рецепт|ингредиенты (?:для|на)|продукты (?:для|на)|все для)(?: мне| нам)? (?<dish>[а-я -]{3,60})/
      .exec(text)
      ?.groups?.dish?.trim()
  return named === undefined || namesMeal(named) || isList ? null : { kind: 'dish', dish: named, form: 'cook' }
}

/** A meal without a list becomes a set; with foods named beside it, those join the set. */
function mealTask(text: string, terms: Terms): Task | null {
  if (!namesMeal(text)) return null
  const listed = text.includes(':') ? wishesOf(text.slice(text.indexOf(':') + 1)) : foodsIn(text)
  if (listed.length > 1 || (text.includes(':') && listed.length > 0)) return products(listed)
  const set = mealWishes(text, terms.servings ?? 2, daysOf(text))
  return products([...set, ...listed.filter(w => !set.some(s => s.query.includes(w.query)))])
}

function listTask(text: string, orders: boolean): Task | null {
  const list = text.includes(':') ? text.slice(text.indexOf(':') + 1) : text
  const wishes = wishesOf(list).filter(
    w => !/^(?:еду|еда|поесть|покушать|что|готов\S*|ингредиенты?|дешевле)$/.test(w.query),
  )
  const plausible = wishes.some(w => namesFood(w.query)) || wishes.length > 1 || orders || list.split(' ').length <= 3
  return wishes.length > 0 && plausible && wishes.every(w => w.query.split(' ').length <= 6) ? products(wishes) : null
}

const products = (wishes: Wish[]): Task => ({ kind: 'products', wishes: wishes.slice(0, 15), remove: [], base: 'new' })

const foodsIn = (text: string) => wishesOf(text.replace(nutritionWords, ' ')).filter(w => namesFood(w.query))
