import { canonicalUnit, readAmount } from '../shop/units.ts'

/** Russian numbers and sums in Russian notation. */

const nbsp = '\u00A0'
const rubles = new Intl.NumberFormat('ru-RU', { minimumFractionDigits: 0, maximumFractionDigits: 2 })
const quantities = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 3 })

/** «1 234,50 ₽» from kopecks. */
export function formatRub(minor: number): string {
  const whole = minor % 100 === 0
  const sum = rubles.format(minor / 100)
  return `${whole || /,\d\d$/.test(sum) ? sum : `${sum}0`}${nbsp}₽`
}

/** «30 ₽» from 2990 kopecks. */
export const formatWholeRub = (minor: number): string => formatRub(Math.round(minor / 100) * 100)

type Forms = readonly [one: string, few: string, many: string]

/** Packs the shop sells by; it shortens their names («бан», «пак.», «уп»). */
const packs: readonly Forms[] = [
  ['банка', 'банки', 'банок'],
  ['бутылка', 'бутылки', 'бутылок'],
  ['пачка', 'пачки', 'пачек'],
  ['пакет', 'пакета', 'пакетов'],
  ['упаковка', 'упаковки', 'упаковок'],
  ['коробка', 'коробки', 'коробок'],
  ['набор', 'набора', 'наборов'],
  ['порция', 'порции', 'порций'],
  ['лоток', 'лотка', 'лотков'],
  ['рулон', 'рулона', 'рулонов'],
  ['пучок', 'пучка', 'пучков'],
  ['стакан', 'стакана', 'стаканов'],
  ['ведро', 'ведра', 'вёдер'],
  ['комплект', 'комплекта', 'комплектов'],
  ['пара', 'пары', 'пар'],
]
const shortestName = 2

/** Forms of the word that a unit of the shop stands for: any form of it, or at least its first two letters. */
function formsOf(unit: string): Forms | undefined {
  const name = (canonicalUnit(unit) ?? unit)
    .normalize('NFC')
    .toLowerCase()
    .replace(/\.{1,3}$/, '')
  if (name.length < shortestName) return undefined
  return packs.find(forms => forms[0].startsWith(name) || forms.some(form => form === name))
}

/** «0,6 кг», «2 банки», «3 шт»; of a portion the whole amount: 5 × «100 г» is «500 г». */
export function formatQuantity(q: number, unit: string): string {
  const portion = readAmount(unit)
  if (portion !== null && portion.value !== 1) return formatAmount(q * portion.value, portion.unit)
  const forms = formsOf(unit)
  return forms === undefined ? `${quantities.format(q)}${nbsp}${portion?.unit ?? unit}` : counted(q, forms)
}

const larger: Readonly<Record<string, string>> = { г: 'кг', мл: 'л' }

function formatAmount(value: number, unit: string): string {
  const above = larger[unit]
  return above !== undefined && value >= 1000
    ? `${quantities.format(value / 1000)}${nbsp}${above}`
    : formatQuantity(value, unit)
}

/** «5 корзин»: the number with the form of the word that fits it (1 корзина, 2 корзины, 5 корзин; 0,5 корзины). */
export const counted = (n: number, forms: Forms): string =>
  `${Number.isInteger(n) ? n : quantities.format(n)}${nbsp}${formFor(n, forms)}`

function formFor(n: number, [one, few, many]: Forms): string {
  if (!Number.isInteger(n)) return few
  const tens = Math.abs(n) % 100
  const units = tens % 10
  if (tens >= 11 && tens <= 14) return many
  return units === 1 ? one : units >= 2 && units <= 4 ? few : many
}

export const carts = (n: number): string => counted(n, ['корзина', 'корзины', 'корзин'])
/** Accusative: «получите 1 корзину». */
export const cartsToGet = (n: number): string => counted(n, ['корзину', 'корзины', 'корзин'])

/** «40 секунд», «3 минуты»: a wait as one reads it, tens of seconds rounded up, from a minute on whole minutes. */
export function waitText(ms: number): string {
  const seconds = Math.max(10, Math.ceil(ms / 10_000) * 10)
  if (seconds < 60) return counted(seconds, ['секунда', 'секунды', 'секунд'])
  return counted(Math.max(1, Math.round(ms / 60_000)), ['минута', 'минуты', 'минут'])
}
