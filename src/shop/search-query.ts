import { maxQueryLength } from './tools.ts'

const number = String.raw`\d+(?:[.,]\d+)?`
const units = [
  '%',
  'процент(?:а|ов)?',
  'мкг|мг|кг|гр?|килограмм(?:а|ов)?|грамм(?:а|ов)?',
  'мл|л|литр(?:а|ов)?|миллилитр(?:а|ов)?',
  'шт|штук[аи]?|уп|упаков(?:ка|ки|ку|ок)|пач(?:ка|ки|ку|ек)?|бут|бутыл(?:ка|ки|ку|ок)|бан(?:ка|ки|ку|ок)|пак|пакет(?:а|ов)?',
  'ккал|руб|рубл(?:ь|я|ей)|₽',
].join('|')

/** A standalone number or range with its unit. Numbers inside words («омега-3», «7up») do not match. */
const amount = new RegExp(
  String.raw`(?<![\p{L}\d.,-])${number}(?:\s*[-–—]\s*${number})?\s*(?:(?:${units})(?![\p{L}\d])\.?|(?![\p{L}\d%-]))`,
  'giu',
)

/**
 * Cleans a query: the shop matches text, so amounts, percents and plain numbers make the results worse. They are dropped
 * unless nothing else is left. At most 255 characters, possibly empty.
 */
export function cleanQuery(query: string): string {
  const original = tidy(query)
  const cleaned = tidy(original.replace(amount, ' '))
  return (/\p{L}/u.test(cleaned) ? cleaned : original).slice(0, maxQueryLength).trim()
}

const tidy = (text: string) =>
  text
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .replace(/ ([,;.])/g, '$1')
    .replace(/^[\s,;.]+|[\s,;]{1,20}$/g, '')
