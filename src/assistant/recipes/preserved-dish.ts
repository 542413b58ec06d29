import { wordsOf } from '../words.ts'

/** After these come additions: «щи из квашеной капусты» is a soup, «борщ с аджикой» too. */
const additions = new Set(['с', 'со', 'из', 'на', 'под', 'в', 'во', 'по', 'для', 'без', 'и'])

/** Beginnings of what takes weeks to ripen or an afternoon of sterilising. */
const preserved = [
  'квашен',
  'кимчи',
  'аджик',
  'варень',
  'джем',
  'повидл',
  'конфитюр',
  'комбуч',
  'ферментир',
  'мочен',
  'малосольн',
  'слабосолен',
  'соленья',
  'солений',
  'вялен',
]
const wholeWords = new Set(['квас', 'кваса', 'чайный'])
/** Pickled and salted vegetables, mushrooms and fish; a pickled steak is a dish. */
const pickled = ['солен', 'маринован']
const pickledThings =
  /^(?:огур|помидор|томат|капуст|гриб|опят|опен|груз|рыжик|чеснок|имбир|сельд|селед|скумбри|семг|форел|сал[оа]$|патиссон|перец|перц)/

/** Whether a dish is one that is bought ready: fermented, pickled or preserved. */
export function isPreserved(dish: string): boolean {
  const words = wordsOf(dish)
  const end = words.findIndex((word, i) => i > 0 && additions.has(word))
  const head = end === -1 ? words : words.slice(0, end)
  if (head.some(word => preserved.some(stem => word.startsWith(stem)) || wholeWords.has(word))) {
    return !head.includes('чайный') || head.some(word => word.startsWith('гриб'))
  }
  return head.some(word => pickled.some(stem => word.startsWith(stem))) && head.some(word => pickledThings.test(word))
}
