import type { Product } from './shop.ts'

const stopWords = new Set([
  'для',
  'без',
  'или',
  'что',
  'как',
  'это',
  'под',
  'над',
  'при',
  'все',
  'ещё',
  'еще',
  'очень',
  'самый',
  'самая',
  'самое',
])

const words = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ё', 'е')
    .match(/\p{L}{3,}/gu) ?? []

/** Russian endings vary, so words with the same beginning match, within a difference in length («ром» does not match «ромштекс»). */
const sameWord = (asked: string, found: string) =>
  found.startsWith(asked.slice(0, Math.max(3, asked.length - 2))) && found.length <= asked.length + 3

/** True if no product name shares a significant word with the query, so that the results are probably irrelevant. */
export function looksIrrelevant(query: string, names: readonly string[]): boolean {
  const asked = words(query).filter(word => !stopWords.has(word))
  if (asked.length === 0 || names.length === 0) return false
  const found = names.flatMap(words)
  return !asked.some(word => found.some(other => sameWord(word, other)))
}

const edibleSeeds = 'чиа|льн|кунжут|тыкв|подсолн|коноп|мак|горчи|псиллиум|киноа|амарант'
const notFood = new RegExp(
  String.raw`(?<!\p{L})(?:семена(?! (?:\p{L}+ )?(?:${edibleSeeds}))|рассад|сажен|грунт|удобрени|наполнитель|корм(?!\p{L}{2})|для (?:кошек|собак|котят|щенков))`,
  'iu',
)
const forGardenOrPets =
  /(?<!\p{L})(?:семен|семян|корм(?!\p{L}{2})|кошк|кошач|кот(?:а|у|ов|ик\p{L}*|ят\p{L}*)?(?!\p{L})|собак|собач)/iu

/** Moves seeds, soil and pet food to the end, unless the query asks for them. The order is otherwise unchanged. */
export function foodFirst(query: string, products: readonly Product[]): Product[] {
  if (notFood.test(query) || forGardenOrPets.test(query)) return [...products]
  const isFood = (product: Product) => !notFood.test(product.name)
  return [...products.filter(isFood), ...products.filter(product => !isFood(product))]
}
