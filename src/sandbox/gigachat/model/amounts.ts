/** How much of something: pieces as one counts them, packs, grams or millilitres. */
export interface Amount {
  value: number
  unit: 'шт' | 'уп' | 'г' | 'мл'
}

const numerals: [RegExp, number][] = [
  [/^(?:один|одну|одна|одно|одного|одной)$/, 1],
  [/^(?:дв[ае]|двух|двоих|двое|двоим|двум|пар[ауы]|пару|парочку)$/, 2],
  [/^(?:три|трех|трое|троих|троим)$/, 3],
  [/^(?:четыре|четырех|четверо|четверых|четверым)$/, 4],
  [/^(?:пять|пяти|пятеро|пятерых)$/, 5],
  [/^(?:шесть|шести|шестеро|шестерых)$/, 6],
  [/^(?:семь|семи|семеро|семерых)$/, 7],
  [/^(?:восемь|восьми|восьмерых)$/, 8],
  [/^(?:девять|девяти)$/, 9],
  [/^(?:десять|десяти|десяток|десятка|десятерых)$/, 10],
  [/^(?:дюжину|дюжина|двенадцать|двенадцати)$/, 12],
  [/^(?:пятнадцать|пятнадцати)$/, 15],
  [/^(?:двадцать|двадцати)$/, 20],
  [/^(?:пол|половину|половина)$/, 0.5],
  [/^(?:полтора|полторы)$/, 1.5],
]

/** A number in digits or a Russian number word; null when the word is neither. */
export function numberOf(word: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(word)) return Number(word)
  return numerals.find(([form]) => form.test(word))?.[1] ?? null
}

const units: [RegExp, Amount['unit'], number][] = [
  [/^(?:кг|кило|килограмм\S*)$/, 'г', 1000],
  [/^(?:г|гр|грамм\S*)$/, 'г', 1],
  [/^(?:л|литр\S*)$/, 'мл', 1000],
  [/^(?:мл|миллилитр\S*)$/, 'мл', 1],
  [/^(?:шт|штук\S*|штучк\S*)$/, 'шт', 1],
  [
    /^(?:бутыл\S*|пач\S+|уп|упаков\S*|банк[аиу]|баноч\S*|пакет\S*|коробк\S*|коробоч\S*|буханк\S*|пучк\S*|пучок|плитк\S*)$/,
    'уп',
    1,
  ],
]

const glued = /(\d)(кг|гр|г|л|мл|шт|уп)(?![а-я])/g

/** Takes the amount out of «2 бутылки кефира», «полкило помидоров», «сыр 300 г». Fat shares such as «2.5%» go too. */
export function splitAmount(item: string): { amount: Amount | null; rest: string } {
  const words = item
    .replace(/\d+(?:\.\d+)?\s*%/g, ' ')
    .replace(glued, '$1 $2')
    .replace(/(^|\s)пол-?(кило|литр|килограмм)/g, '$1пол $2')
    .split(/[^a-zа-я0-9.-]+/)
    .map(word => word.replace(/^[.-]+|[.-]+$/g, ''))
    .filter(word => word !== '')
  const at = words.findIndex((word, i) => numberOf(word) !== null || (unitOf(word) !== null && isAmountAlone(words, i)))
  const first = words[at]
  if (first === undefined) return { amount: null, rest: words.join(' ') }
  const number = numberOf(first)
  const unit = unitOf(number === null ? first : (words[at + 1] ?? ''))
  const used = (number === null ? 0 : 1) + (unit === null ? 0 : 1)
  const amount: Amount = { value: (number ?? 1) * (unit?.factor ?? 1), unit: unit?.unit ?? 'шт' }
  return { amount, rest: words.toSpliced(at, used).join(' ') }
}

/** «килограмм яблок», «бутылка воды»: a unit without a number counts once, but only before its noun. */
const isAmountAlone = (words: readonly string[], i: number) => i + 1 < words.length && (words[i]?.length ?? 0) > 2

function unitOf(word: string) {
  const found = units.find(([form]) => form.test(word))
  return found === undefined ? null : { unit: found[1], factor: found[2] }
}
