/** Lower case, ё as е, one space between words, decimal point instead of a decimal comma. */
export const normalise = (text: string) =>
  text
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/(\d),(\d)/g, '$1.$2')
    .replace(/[«»"„“]/g, '')
    .replace(/[^\S\n]+/g, ' ')
    .trim()

const wordsOf = (text: string) => normalise(text).match(/[a-zа-я0-9]+/g) ?? []

const endings =
  'иями ией ями ами ого его ому ему ыми ими ов ев ей ий ый ой ая яя ое ее ые ие ии ия ию ую юю ом ем ам ям ах ях их ых ы и а я о е у ю ь й'.split(
    ' ',
  )

/** A word without its case ending: enough to see that «молока» is «молоко», while «сырники» are not «сыр». */
export function stem(word: string): string {
  const ending = endings.find(e => word.endsWith(e) && word.length - e.length >= (e.length === 1 ? 2 : 3))
  return ending === undefined ? word : word.slice(0, -ending.length)
}

export const stemsOf = (text: string) => wordsOf(text).map(stem)

/** A stable number for a text, to vary phrases without chance. */
export function hash(text: string): number {
  let h = 2166136261
  for (const char of text) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 16777619)
  return h >>> 0
}

/** One of the variants, always the same for the same seed. */
export function vary<T>(seed: string, variants: readonly [T, ...T[]]): T {
  return variants[hash(seed) % variants.length] ?? variants[0]
}
