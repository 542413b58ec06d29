import { knownNouns, nounOf } from './lexicon.ts'
import { stem, stemsOf } from './words.ts'

/** Emoji that name something to buy. */
const emojiWords: Record<string, string> = {
  '🍎': 'яблоки',
  '🍏': 'яблоки',
  '🍌': 'бананы',
  '🍐': 'груши',
  '🍊': 'апельсины',
  '🍋': 'лимон',
  '🍇': 'виноград',
  '🍓': 'клубника',
  '🥝': 'киви',
  '🍍': 'ананас',
  '🍉': 'арбуз',
  '🍅': 'помидоры',
  '🥒': 'огурцы',
  '🥕': 'морковь',
  '🥔': 'картофель',
  '🧅': 'лук',
  '🧄': 'чеснок',
  '🥦': 'брокколи',
  '🥬': 'салат',
  '🥑': 'авокадо',
  '🌽': 'кукуруза',
  '🍄': 'грибы',
  '🥛': 'молоко',
  '🧀': 'сыр',
  '🧈': 'масло',
  '🥚': 'яйца',
  '🍞': 'хлеб',
  '🥖': 'багет',
  '🥐': 'круассаны',
  '🍗': 'курица',
  '🥩': 'мясо',
  '🥓': 'бекон',
  '🌭': 'сосиски',
  '🐟': 'рыба',
  '🍤': 'креветки',
  '🍚': 'рис',
  '🍝': 'паста',
  '🍕': 'пицца',
  '🍰': 'торт',
  '🍫': 'шоколад',
  '🍪': 'печенье',
  '🍬': 'конфеты',
  '🍦': 'мороженое',
  '🍯': 'мед',
  '🥜': 'орехи',
  '☕': 'кофе',
  '🍵': 'чай',
  '🧃': 'сок',
  '💧': 'вода',
}

const joiners = /\u{fe0f}|\u{200d}|\p{Emoji_Modifier}/gu
const pictograms = /\p{Extended_Pictographic}(?:\u{fe0f}|\u{200d}|\p{Emoji_Modifier})*/gu

/** Emoji as words; one that only illustrates a word of the text goes, like one that names no food. */
function withoutEmoji(text: string): string {
  const named = new Set(stemsOf(text))
  return text.replace(pictograms, picture => {
    const word = emojiWords[picture.replace(joiners, '')]
    if (word === undefined || named.has(stem(word))) return ' '
    named.add(stem(word))
    return `, ${word} `
  })
}

const alike: Record<string, string> = {
  a: 'а',
  c: 'с',
  e: 'е',
  o: 'о',
  p: 'р',
  x: 'х',
  y: 'у',
  k: 'к',
  m: 'м',
  t: 'т',
  h: 'н',
  b: 'в',
}

/** «мoлоко» with a Latin o: letters that look alike, in a word that is Cyrillic otherwise. */
const withoutLookalikes = (text: string) =>
  text.replace(/[a-zа-я]*[а-я][a-zа-я]*/g, word => word.replace(/[a-z]/g, letter => alike[letter] ?? letter))

const english: Record<string, string> = {
  milk: 'молоко',
  bread: 'хлеб',
  cheese: 'сыр',
  egg: 'яйца',
  eggs: 'яйца',
  butter: 'масло сливочное',
  oil: 'масло',
  cream: 'сливки',
  yogurt: 'йогурт',
  yoghurt: 'йогурт',
  kefir: 'кефир',
  chicken: 'курица',
  beef: 'говядина',
  pork: 'свинина',
  meat: 'мясо',
  ham: 'ветчина',
  sausages: 'сосиски',
  fish: 'рыба',
  salmon: 'лосось',
  shrimps: 'креветки',
  rice: 'рис',
  buckwheat: 'гречка',
  pasta: 'макароны',
  flour: 'мука',
  sugar: 'сахар',
  salt: 'соль',
  potatoes: 'картофель',
  tomatoes: 'помидоры',
  cucumbers: 'огурцы',
  onion: 'лук',
  onions: 'лук',
  carrots: 'морковь',
  cabbage: 'капуста',
  beetroot: 'свекла',
  garlic: 'чеснок',
  mushrooms: 'грибы',
  apples: 'яблоки',
  bananas: 'бананы',
  oranges: 'апельсины',
  lemon: 'лимон',
  lemons: 'лимон',
  grapes: 'виноград',
  juice: 'сок',
  water: 'вода',
  tea: 'чай',
  coffee: 'кофе',
  chocolate: 'шоколад',
  cookies: 'печенье',
  cake: 'торт',
  honey: 'мед',
  nuts: 'орехи',
  pizza: 'пицца',
  borscht: 'борщ',
  borsch: 'борщ',
  breakfast: 'завтрак',
  lunch: 'обед',
  dinner: 'ужин',
  supper: 'ужин',
  snack: 'перекус',
  and: 'и',
  with: 'с',
  without: 'без',
  please: 'пожалуйста',
  cook: 'приготовить',
  cheaper: 'подешевле',
  add: 'добавь',
  remove: 'убери',
  replace: 'замени',
  under: 'до',
  rub: 'рублей',
  rubles: 'рублей',
  roubles: 'рублей',
  thanks: 'спасибо',
  yes: 'да',
  no: 'нет',
  buy: 'купи',
  need: 'нужно',
  some: '',
  a: '',
  the: '',
  i: 'и', // «syr i hleb»; a leading one says nothing
  me: '',
  of: '',
}
const englishPhrases: [RegExp, string][] = [
  [/cottage cheese/g, 'творог'],
  [/sour cream/g, 'сметана'],
  [/ice cream/g, 'мороженое'],
  [/thank you/g, 'спасибо'],
  [/for (?:one|1|me)(?![a-z])/g, 'на одного'],
  [/for (?:two|2)(?![a-z])/g, 'на двоих'],
  [/for (?:three|3)(?![a-z])/g, 'на троих'],
  [/for (?:four|4)(?![a-z])/g, 'на четверых'],
  [/for (?:five|5)(?![a-z])/g, 'на пятерых'],
  [/for (?:six|6)(?![a-z])/g, 'на шестерых'],
]

const latinLetters: [RegExp, string][] = [
  [/shch|sch/g, 'щ'],
  [/zh/g, 'ж'],
  [/kh/g, 'х'],
  [/ts/g, 'ц'],
  [/ch/g, 'ч'],
  [/sh/g, 'ш'],
  [/yu|ju/g, 'ю'],
  [/ya|ja/g, 'я'],
  [/yo|jo/g, 'е'],
  [/y$/g, 'ы'],
]
const oneLetter: Record<string, string> = Object.fromEntries(
  [...'abvgdezijklmnoprstufhcyqwx'].map((latin, i) => [latin, [...'абвгдезийклмнопрстуфхцыквх'][i] ?? latin]),
)

const toCyrillic = (word: string) =>
  latinLetters
    .reduce((text, [latin, cyrillic]) => text.replace(latin, cyrillic), word)
    .replace(/[a-z']/g, l => (l === "'" ? 'ь' : (oneLetter[l] ?? l)))

/** Latin words as Russian ones where they are: «moloko», and, in a text without any Cyrillic, English for everyday food. */
function withoutLatin(text: string): string {
  const isEnglish = !/[а-я]/.test(text)
  const phrased = isEnglish ? englishPhrases.reduce((all, [form, russian]) => all.replace(form, russian), text) : text
  return phrased.replace(/[a-z']+(?![a-z'а-я-])/g, (word, at: number) => {
    if (/[a-zа-я-]/.test(phrased[at - 1] ?? '')) return word
    const translated = english[word]
    if (translated !== undefined && (isEnglish || nounOf(translated) !== undefined)) return translated
    const read = toCyrillic(word)
    return word.length > 2 && nounOf(read) !== undefined ? read : word
  })
}

/** Sounds that are written for each other, so that a short word may differ by them. */
const sounds = ['ао', 'еи', 'пб', 'тд', 'фв', 'гк', 'сз', 'шщ', 'жш', 'яе']
const soundsAlike = (a: string, b: string) => a !== b && sounds.some(pair => pair.includes(a) && pair.includes(b))

/** Whether `b` is `a` with one letter wrong, missing, doubled or swapped; in words of four letters only what sounds alike. */
function isSlip(a: string, b: string): boolean {
  if (a === b) return false
  const from = [...a].findIndex((letter, i) => letter !== b[i])
  const at = from === -1 ? a.length : from
  const same = (i: number, j: number) => a.slice(i) === b.slice(j)
  if (a.length === b.length && same(at + 1, at + 1)) return a.length > 4 || soundsAlike(a[at] ?? '', b[at] ?? '')
  const isDoubled = a.length === b.length + 1 && a[at] === a[at - 1] && same(at + 1, at)
  if (isDoubled || a.length < 5) return isDoubled
  const isSwapped = a[at] === b[at + 1] && a[at + 1] === b[at] && same(at + 2, at + 2)
  return isSwapped || (a.length === b.length + 1 && same(at + 1, at)) || (a.length === b.length - 1 && same(at, at + 1))
}

/** A misspelt food as it is written; a word with several readings stays. */
function corrected(word: string): string {
  if (word.length < 4 || nounOf(word) !== undefined) return word
  const meant = new Set(knownNouns().filter(noun => isSlip(word, noun)))
  const [only] = meant
  return meant.size === 1 && only !== undefined ? only : word
}

/** A normalised text with its foods as the lexicon writes them: emoji, Latin letters, English and slips of the pen. */
export const spell = (text: string): string =>
  withoutLatin(withoutLookalikes(withoutEmoji(text)))
    .replace(/[а-я]+/g, corrected)
    .replace(/ +/g, ' ')
    .replace(/^[ ,]+/, '')
    .trim()
