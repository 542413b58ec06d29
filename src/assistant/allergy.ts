import { wordsOf } from './words.ts'

/** Beginnings of words that name an allergy, an intolerance or a diet without another word. */
const conclusive = [
  'аллерг',
  'анафила',
  'безглютен',
  'безлактоз',
  'безмолочн',
  'веган',
  'вегетариан',
  'гастрит',
  'глютен',
  'диабет',
  'диет',
  'кошер',
  'лактоз',
  'непереносим',
  'панкреатит',
  'фенилкетон',
  'халяль',
  'целиак',
]

/** Beginnings of food that is left out for health; conclusive only after a word that excludes it. */
const allergens = [
  'арахис',
  'креветк',
  'кунжут',
  'миндал',
  'молок',
  'молоч',
  'морепродукт',
  'мяс',
  'орех',
  'пшениц',
  'рыб',
  'сахар',
  'свинин',
  'соев',
  'фундук',
  'цитрус',
  'яиц',
  'яйц',
]
/** Too short to be recognised by a beginning: «медальоны» are not honey. */
const shortAllergens = new Set(['мед', 'меда', 'меду', 'сои', 'сою'])

const excluding = new Set(['без', 'нельзя'])
const eating = new Set(['ем', 'ест', 'едим', 'едят', 'могу', 'может', 'можем', 'переношу', 'переносит', 'пью', 'пьет'])

/** Whether a text names an allergy, an intolerance or a diet, so that an answer with food needs the warning. */
export function mentionsDiet(text: string): boolean {
  const words = wordsOf(text)
  return words.some((word, i) => {
    if (word === 'кето' || conclusive.some(stem => word.startsWith(stem))) return true
    if (!shortAllergens.has(word) && !allergens.some(stem => word.startsWith(stem))) return false
    const before = words.slice(Math.max(0, i - 3), i)
    return before.some((w, at) => excluding.has(w) || (w === 'не' && eating.has(before[at + 1] ?? '')))
  })
}
