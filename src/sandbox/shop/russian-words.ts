/** Longest first; «й» is already «и» here. Two letters and more need a stem of three, so that «крем» and «ром» stay whole. */
const longEndings =
  /^(.{3,}?)(?:иями|ями|ами|ого|его|ому|ему|ыми|ими|ые|ие|ая|яя|ое|ее|ыи|ии|ои|еи|ую|юю|ых|их|ым|им|ом|ем|ам|ям|ах|ях|ов|ев|ью)$/
const vowelEnding = /^(.{2,})[аеиоуыьюя]$/
const fleetingVowel = /^(.+[бвгджзклмнпрстфхцчшщ])[ео]([кцлн])$/

const connectives = new Set(['и', 'с', 'со', 'в', 'во', 'на', 'для', 'из', 'без', 'к', 'по', 'до', 'от', 'или', 'не'])

/** Lower case, «ё» as «е», «й» as «и», and the words and numbers of the text in order. */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replaceAll('й', 'и')
    .match(/\p{L}+|\d+(?:[.,]\d+)?/gu) ?? []

/** The words of a query that decide what is found. */
export const meaningfulWords = (query: string): string[] => wordsOf(query).filter(word => !connectives.has(word))

/** The word without its case ending: «яйца» and «яиц» agree, «молока» and «молоко». Not a dictionary, good enough for food. */
export const stemOf = (word: string): string => {
  // «печенье» keeps its «ь», or it would be «печень».
  const bare = /ь[еяю]$/.test(word) && !word.endsWith('ью') ? word.slice(0, -1) : withoutEnding(word)
  return bare.length > 3 ? bare.replace(fleetingVowel, '$1$2') : bare
}

/** Like the stem, but still a part of the word as it is written. */
export const withoutEnding = (word: string): string =>
  longEndings.exec(word)?.[1] ?? vowelEnding.exec(word)?.[1] ?? word
