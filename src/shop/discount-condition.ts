import type { Price } from './shop.ts'

const filler = /(?:скидка|цена|выгодно|при покупке|при заказе|и более|действует|[-–−]?\s?(?<!\d)\d{1,3}\s?%)/giu
const fromQuantity =
  /^от\s+(\d+(?:[.,]\d+)?)\s*(?:шт|штук[аи]?|уп|упаков(?:ка|ки|ок)|пач(?:ка|ки|ек)?|бутыл(?:ка|ки|ок)|банк(?:а|и)|банок|кг|л|литр(?:а|ов)?)?\.?$/iu

/** True if the quantity is known to meet the condition. Only conditions like «от 2 шт» can be evaluated. */
function holds(condition: string, q: number): boolean {
  const rest = condition
    .replace(filler, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s,.:;–-]+|[\s,:;–-]{1,20}$/g, '')
  const needed = fromQuantity.exec(rest)?.[1]
  return needed !== undefined && q >= Number(needed.replace(',', '.'))
}

/** The unit price valid for a quantity of `q`, and a note for the user. */
export function unitPrice(price: Price | null, q: number): { priceMinor: number | null; note?: string } {
  if (price === null) return { priceMinor: null }
  const { currentMinor, oldMinor, condition } = price
  if (condition === null || holds(condition, q)) return { priceMinor: currentMinor }
  if (oldMinor === null) return { priceMinor: currentMinor, note: `цена действует при условии: ${condition}` }
  return { priceMinor: oldMinor, note: `без скидки, её условие: ${condition}` }
}
