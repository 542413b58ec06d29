/** The name of a product or ingredient, taken apart by the sense of its prepositions. Words are folded. */
export interface Phrase {
  /** Words that say what it is, in order; those after «с» and «на» too. */
  has: string[]
  /** Words after «без», and what «бескостная» is without. */
  lacks: string[]
  /** Words after «для». */
  suits: string[]
}

/** Adjectives and adverbs that do not distinguish products. */
const mild =
  /^(?:свеж|спел|крупн|мелк|вкусн|обычн|хорош|натуральн|качествен|недорог|дешев|больш|маленьк|репчат|отборн|охлажд|мыт(?:ый|ая|ое|ые)$|очень|сам(?:ый|ая|ое)$)/u
const small = new Set(['или', 'под', 'над', 'при', 'про', 'что', 'как', 'это', 'все', 'еще', 'мне', 'нам'])
const adjective = /(?:[ыио]й|ая|яя|ое|ее|[вжзч]ь[еяю]|[ыи]е|[ео]го|ую|юю|[ыи]х|[ыи]м)$/u
/** Nouns that look like adjectives. */
const nounsAfterAll = /^(?:морожен|пирожн|жарко|заливн|печень|варень|суш[иа])/u

/** Folded, with one name for what has two: the shop calls bell peppers sweet. */
const fold = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/болгарск(?=\p{L}{2,3}(?!\p{L}))/gu, 'сладк')

export const isAdjective = (word: string): boolean =>
  word.length > 4 && adjective.test(word) && !nounsAfterAll.test(word)

/** Words of three letters and more that say what is meant; the mild ones only where nothing else is left. */
export function significantWords(text: string): string[] {
  const words = (fold(text).match(/\p{L}{3,}/gu) ?? [])
    .filter(word => word !== 'без' && word !== 'для' && !small.has(word))
    .map(word => withoutWhat(word) ?? word)
  const significant = words.filter(word => !mild.test(word))
  return significant.length > 0 ? significant : words
}

/** «костная» of «бескостная», null of other words. */
const withoutWhat = (word: string): string | null => /^бе[зс](\p{L}{4,})$/u.exec(word)?.[1] ?? null

/** Takes a text apart; the mild words are left out. */
export function readPhrase(text: string): Phrase {
  const phrase: Phrase = { has: [], lacks: [], suits: [] }
  let role: keyof Phrase = 'has'
  let afterLack = false
  for (const [token] of fold(text).matchAll(/\p{L}+|[,;()]/gu)) {
    if (token === 'без') role = 'lacks'
    else if (token === 'для') role = 'suits'
    else if (/^(?:на|с|со|из|в|[,;()])$/u.test(token)) role = 'has'
    else if (token === 'и') role = afterLack ? 'lacks' : role
    else if (token.length > 2 && !small.has(token)) {
      const without = withoutWhat(token)
      if (without !== null) phrase.lacks.push(without)
      else if (!mild.test(token)) phrase[role].push(token)
      // «без сахара и глютена» goes on, «без кости охлаждённая» does not
      afterLack = role === 'lacks'
      if (afterLack && !isAdjective(token)) role = 'has'
    }
  }
  return phrase
}

/** What it is: «фарш» of «фарш говяжий» and of «говяжий фарш». */
export const headOf = (words: readonly string[]): string | undefined =>
  words.find(word => !isAdjective(word)) ?? words[0]

/** The part of a word that stays in every case: «шея», «шеи» and «шейка» share «ше(й)». */
const stem = (word: string) =>
  /[аеиоуыэюя][яи]$/u.test(word) ? `${word.slice(0, -1)}й` : word.slice(0, Math.max(3, word.length - 2))

/** True if both are forms of one word; an adjective also fits the noun it is made of («говяжий» – «говядина»). */
function isSameWord(asked: string, found: string): boolean {
  if (asked === found) return true
  // «ром» is not «ромштекс», «бри» is not «бриошь»
  if (found.startsWith(stem(asked)) && found.length <= asked.length + (asked.length > 3 ? 3 : 2)) return true
  if (!isAdjective(asked) && !isAdjective(found)) return false
  const shorter = Math.min(asked.length, found.length)
  return asked.slice(0, common(asked, found)).length >= Math.max(4, shorter / 2)
}

function common(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

export const isAmong = (asked: string, words: readonly string[]): boolean => words.some(word => isSameWord(asked, word))
