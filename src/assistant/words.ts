/** Letters composed (NFC), lower case, «ё» as «е», every space a plain one. */
export const foldCase = (text: string): string =>
  text.normalize('NFC').toLowerCase().replaceAll('ё', 'е').replace(/\s+/gu, ' ').trim()

/** The words of a text in order, folded. */
export const wordsOf = (text: string): string[] => foldCase(text).match(/\p{L}+/gu) ?? []
