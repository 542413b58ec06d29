import { partsOf, withoutRecall } from './changed-mind.ts'
import type { Intent, Task, Terms } from './intent.ts'
import { namesMeal } from './meals.ts'
import { changeTask, dishTask, foodsIn, listTask, mealTask } from './order-tasks.ts'
import { preferenceTask, questionTask, refusalOf, smallTalk, stateTask, withoutInsults } from './side-tasks.ts'
import { spell } from './spelling.ts'
import { statedPreferences } from './stated-preferences.ts'
import { asksNutrition, formOf, splitBudget, splitCheap, splitEnergy, splitServings } from './terms.ts'
import { normalise } from './words.ts'

/**
 * The user's request, from all their messages, oldest first. A message that only sets terms («подешевле», «на четверых»,
 * «готовую») changes the last thing ordered, whatever was talked about in between; without one, the last cart.
 */
export function understand(texts: readonly string[]): Intent {
  let current: Intent | null = null
  let ordered: Intent | null = null
  for (const text of texts.flatMap(partsOf)) {
    current = readAfter(ordered, text)
    if (isShopping(current.task)) ordered = current
  }
  return current ?? { ...noTerms, task: { kind: 'unclear', why: 'vague' }, changes: false, text: '' }
}

/** One message; `ordered` is the last thing ordered before it. */
function readAfter(ordered: Intent | null, text: string): Intent {
  const instead = ordered === null ? null : insteadOf(ordered, text)
  if (instead !== null) return instead
  const read = readMessage(text)
  if (read.task !== null) return { ...read, task: read.task, changes: isChange(read.task) }
  if (ordered !== null && saysSomething(read)) return withTerms(ordered, read)
  if (read.cheap)
    return { ...read, task: { kind: 'products', wishes: [], remove: [], base: 'previous' }, changes: true }
  return { ...read, task: { kind: 'unclear', why: 'vague' }, changes: false }
}

type Reading = Omit<Intent, 'task' | 'changes'> & { task: Task | null }

const isChange = (task: Task) => task.kind === 'products' && task.base === 'previous'

/** The wish that the message names in place of the one before it, on the same terms; null when it takes nothing back. */
function insteadOf(before: Intent, text: string): Intent | null {
  const rest = withoutRecall(text)
  const read = rest === null ? null : readMessage(rest)
  if (read === null || read.task === null || !isShopping(read.task)) return null
  const servings = read.servings ?? before.servings
  const form = read.form ?? (before.task.kind === 'dish' && before.task.form !== 'unknown' ? before.task.form : null)
  return {
    ...read,
    task: settleForm(read.task, { ...read, servings, form }),
    servings,
    budgetRub: read.budgetRub ?? before.budgetRub,
    changes: true,
    text: read.text,
  }
}

const noTerms: Terms = {
  servings: null,
  budgetRub: null,
  cheap: false,
  kcal: null,
  nutrition: false,
  form: null,
  remember: [],
}

const isShopping = (task: Task) => task.kind === 'products' || task.kind === 'meal' || task.kind === 'dish'

const saysSomething = (terms: Terms) =>
  terms.servings !== null || terms.budgetRub !== null || terms.cheap || terms.kcal !== null || terms.form !== null

function withTerms(before: Intent, now: Reading): Intent {
  return {
    task: settleForm(before.task, now),
    changes: before.task.kind !== 'dish' || before.task.form !== 'unknown',
    servings: now.servings ?? before.servings,
    budgetRub: now.budgetRub ?? before.budgetRub,
    cheap: now.cheap || before.cheap,
    kcal: now.kcal ?? before.kcal,
    nutrition: now.nutrition,
    form: now.form ?? before.form,
    remember: now.remember,
    text: now.text,
  }
}

/** A number of servings for a dish means that the user cooks it; what was added to or taken out of the last cart is done. */
function settleForm(task: Task, now: Terms): Task {
  if (task.kind === 'products' && task.base === 'previous') return { ...task, wishes: [], remove: [] }
  if (task.kind !== 'dish') return task
  const implied = task.form === 'unknown' && now.servings !== null ? 'cook' : task.form
  return { ...task, form: now.form ?? implied }
}

/** «Измени корзину: масло вместо сыра»: whatever follows changes the last cart. */
const changeLead =
  /^(?:измени|поменяй|поправь|исправь)(?:те)? (?:мне |мою |эту |прошл\S* |последн\S* )?корзин\S*[ :,.–-]+(?=\S)/

function readMessage(text: string): Reading {
  const asked = withoutInsults(spell(normalise(text)))
  const whole = asked.replace(changeLead, '')
  const { kcal, rest: noEnergy } = splitEnergy(whole)
  const { budgetRub, rest: noBudget } = splitBudget(noEnergy)
  const { cheap, rest: noCheap } = splitCheap(noBudget)
  const { servings, rest } = splitServings(noCheap)
  const terms: Terms = {
    servings,
    budgetRub,
    cheap,
    kcal,
    nutrition: asksNutrition(whole),
    form: formOf(whole),
    remember: statedPreferences(whole),
  }
  const task = taskOf(whole, rest.replace(/ +/g, ' ').trim(), terms)
  const isOfLast = whole !== asked && task?.kind === 'products'
  return { ...terms, text, task: isOfLast ? { ...task, base: 'previous' } : task }
}

/** The task of one message; null when it only sets terms, or says nothing we know. */
function taskOf(whole: string, rest: string, terms: Terms): Task | null {
  const side = refusalOf(whole) ?? preferenceTask(whole, terms)
  if (side !== null) return side
  const wanted =
    terms.remember.length === 0 ? rest : rest.replace(/^.*?(?:аллерги|не ем|не едим)[^.,;!]*[.,;!]?/, ' ').trim()
  const talk = stateTask(wanted) ?? smallTalk(wanted, terms) ?? questionTask(wanted)
  if (talk !== null) return talk
  if (terms.nutrition && terms.kcal === null && asksOnlyNutrition(wanted)) {
    return { kind: 'nutrition', wishes: foodsIn(wanted.replace(nutritionWords, ' ')) }
  }
  const asked = wanted
    .replace(nutritionWords, ' ')
    .replace(/в корзину/g, ' ')
    .trim()
  return changeTask(asked) ?? dishTask(asked, terms) ?? mealTask(asked, terms) ?? listTask(asked, orders.test(asked))
}

const orders = /собер|собр|купи|закаж|заказ|корзин|нуж|хо(?:чу|тим)|подбер|составь|приготов|сделай/

/** «сколько калорий в твороге» asks for numbers; «молоко, творог и посчитай КБЖУ» asks for a cart as well. */
const asksOnlyNutrition = (text: string) =>
  /^(?:а |и )?(?:сколько|какая|какой|посчитай|рассчитай|подсчитай|кбжу|калори)/.test(text) ||
  (!orders.test(text) && !namesMeal(text) && foodsIn(text.split(/кбжу|бжу|калори/)[0] ?? '').length === 0)

const nutritionWords =
  /(?:и |, ?)?(?:посчитай|рассчитай|подсчитай|скажи|с подсчетом|сколько|с )?\s*(?:все |общ\S* |их )*(?:кбжу|бжу|калори\S*|ккал|пищев\S* ценност\S*)(?: на \S+)?/g
