import { wordsOf } from './words.ts'

/** Beginnings of words that name an allergy or a diet by themselves. */
const telling = [
  'аллерг',
  'непереносим',
  'целиак',
  'диабет',
  'анафила',
  'безглютен',
  'безлактоз',
  'безмолочн',
  'глютен',
  'лактоз',
  'веган',
  'вегетариан',
  'диет',
  'кето',
  'халяль',
  'кошер',
  'фенилкетон',
  'панкреатит',
  'гастрит',
]

/** Words that begin like a telling one and mean something else. */
const innocent = new Set(['кетон', 'кетоны'])

/** What people leave out for their health; telling only after a word that excludes it. */
const allergens = [
  'сахар',
  'орех',
  'арахис',
  'миндал',
  'фундук',
  'яиц',
  'яйц',
  'молок',
  'молоч',
  'рыб',
  'морепродукт',
  'кревет',
  'сои',
  'соев',
  'пшениц',
  'мед',
  'цитрус',
  'кунжут',
  'мяс',
  'свинин',
]
const excluding = new Set(['без', 'нельзя', 'исключая', 'исключи', 'исключить', 'кроме'])
const eating = new Set(['ем', 'ест', 'едим', 'едят', 'могу', 'может', 'можем', 'переношу', 'переносит', 'пью', 'пьет'])
/** «Медальон» begins with honey. */
const notAllergens = ['медаль', 'медлен', 'медицин']

/** Whether a text names an allergy, an intolerance or a diet, so that an answer with food needs the warning. */
export function mentionsDiet(text: string): boolean {
  const words = wordsOf(text)
  return words.some((word, i) => {
    if (telling.some(stem => word.startsWith(stem)) && !innocent.has(word)) return true
    if (!allergens.some(stem => word.startsWith(stem)) || notAllergens.some(stem => word.startsWith(stem))) return false
    const before = words.slice(Math.max(0, i - 3), i)
    return before.some((w, at) => excluding.has(w) || (w === 'не' && eating.has(before[at + 1] ?? '')))
  })
}
