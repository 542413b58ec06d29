import type { Written } from './written.ts'

type Rule = (texts: readonly Written[], type: string) => string[]

/** A text of numbers as it is read aloud: without the no-break spaces that number formats use. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')
const quoted = (texts: readonly Written[]) =>
  texts.map(({ name, text }) => plain(name === '' ? text : `${name}: ${text}`))
const numbersOf = (texts: readonly Written[]) => texts.filter(({ kind }) => kind === 'number')

/** «₽1K», «18.8 Mil», «1.36 KiB». */
const abbreviated: Rule = texts =>
  quoted(texts.filter(({ text, kind }) => kind !== 'text' && /\d\s?(K|M|B|T|Mil|Bil|Tri|[KMGT]i?B)\b/.test(text)))

/** «5 req/s», «1.15 hours». */
const english: Rule = texts => quoted(numbersOf(texts).filter(({ text }) => /\d\s?[a-z]{2,}/i.test(text)))

/** «18759233», «1396 ₽». */
const unbroken: Rule = texts => quoted(numbersOf(texts).filter(({ text }) => /\d{4,}/.test(text)))

/** «1 397,457», «1379.6667 ₽»: more than a reader can use. */
const endless: Rule = texts => quoted(numbersOf(texts).filter(({ text }) => /\d[.,]\d{3,}(?!\d* \d)/.test(plain(text))))

/** «₽1 396», «1396.5 ₽». */
const roubles: Rule = texts =>
  quoted(
    texts.filter(
      ({ text, kind }) =>
        kind === 'number' &&
        text.includes('₽') &&
        !/^-?\d{1,3}( \d{3})*(,\d{1,2})?( тыс\.| млн| млрд)? ₽$/.test(plain(text)),
    ),
  )

/** «28.6%», «28,571 %». */
const percents: Rule = texts =>
  quoted(numbersOf(texts).filter(({ text }) => text.includes('%') && !/^-?\d{1,3}(,\d)? %$/.test(plain(text))))

/** The moment of a sample is no number of a stat. */
const clocks: Rule = (texts, type) =>
  type === 'stat' || type === 'gauge'
    ? quoted(texts.filter(({ name, text, kind }) => kind === 'time' || /^time$/i.test(name) || /\d:\d\d/.test(text)))
    : []

/** Where there is nothing stands «—» or empty space; «no data» only where a panel has nothing else. */
const nothing: Rule = texts => {
  const alone = numbersOf(texts).length === 0
  return quoted(
    texts.filter(
      ({ text, kind }) => kind === 'nothing' && !['—', '', ' ', ...(alone ? ['нет данных'] : [])].includes(text),
    ),
  )
}

/** A text is written as it was given, or as its name: digits in it are no number. */
const altered: Rule = texts =>
  quoted(texts.filter(({ given, text }) => given !== undefined && /\d/.test(given) && text !== given))

/** «organic», «product_search»: names of the code among the cells; «survey» is the plan's own word. */
const codeNames: Rule = (texts, type) =>
  type === 'table' || type === 'barchart'
    ? quoted(
        texts.filter(({ given, text }) => given !== undefined && /^[a-z]+(_[a-z]+)*$/.test(text) && text !== 'survey'),
      )
    : []

const properNames =
  /^(p\d+|DAU|GMV|PMF|D[17]|Loki|Prometheus|PostgreSQL|Redis|Telegram|GigaChat|Alertmanager|vc\.ru|\d+)$/

/** «carts: loki», «err_type», «Value». */
const foreign: Rule = texts => [
  ...new Set(
    texts
      .map(({ name }) => name)
      .filter(name => /[a-z]/i.test(name) && !/[а-яё]/i.test(name) && !properNames.test(name)),
  ),
]

const rules: Readonly<Record<string, Rule>> = {
  'a large number is cut to a letter': abbreviated,
  'a unit is English': english,
  'thousands are not set apart': unbroken,
  'more decimals than say something': endless,
  'roubles are not written as roubles': roubles,
  'percents are not written as percents': percents,
  'a clock among the numbers': clocks,
  'a text for nothing': nothing,
  'a text is changed as if it were a number': altered,
  'a name of the code among the cells': codeNames,
  'a name is not Russian': foreign,
}

/** What a reader would stumble over in these texts of one panel. */
export const checkWritten = (texts: readonly Written[], type: string): string[] =>
  Object.entries(rules).flatMap(([what, rule]) => {
    const found = rule(texts, type)
    return found.length === 0 ? [] : [`${what}: ${found.slice(0, 3).join('; ')}`]
  })
