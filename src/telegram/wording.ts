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

/** «0,5 кг». */
export const formatQuantity = (q: number, unit: string): string => `${quantities.format(q)}${nbsp}${unit}`

/** «5 корзин»: the number with the form of the word that fits it (1 корзина, 2 корзины, 5 корзин). */
export function counted(n: number, [one, few, many]: readonly [string, string, string]): string {
  const tens = Math.abs(n) % 100
  const units = tens % 10
  const teen = tens >= 11 && tens <= 14
  const form = teen ? many : units === 1 ? one : units >= 2 && units <= 4 ? few : many
  return `${n}${nbsp}${form}`
}

export const carts = (n: number): string => counted(n, ['корзина', 'корзины', 'корзин'])
/** Accusative: «получите 1 корзину». */
export const cartsToGet = (n: number): string => counted(n, ['корзину', 'корзины', 'корзин'])
