/** Letters composed (NFC), lower case, «ё» as «е», every space a plain one. */
export const foldCase = (text: string): string =>
  text.normalize('NFC').toLowerCase().replaceAll('ё', 'е').replace(/\s+/gu, ' ').trim()

/** The words of a text in order, folded. */
export const wordsOf = (text: string): string[] => foldCase(text).match(/\p{L}+/gu) ?? []

/** Enough of a word to recognise it in another case: «молоко» and «молока», «яйца» and «яиц» only by their first letters. */
const stemOf = (word: string): string => word.slice(0, Math.max(3, word.length - 2))

/** Words that say nothing about what is looked for. */
const stopWords = new Set(['для', 'без', 'или', 'под', 'при', 'над', 'про', 'что', 'как', 'это', 'мне', 'нам', 'все'])

/** Stems of the words of three letters and more that say what is looked for. */
export const meaningfulStems = (text: string): string[] =>
  wordsOf(text)
    .filter(word => word.length >= 3 && !stopWords.has(word))
    .map(stemOf)
