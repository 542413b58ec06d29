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
    .toLowerCase()
    .replaceAll('ё', 'е')
    .match(/\p{L}{3,}/gu) ?? []

/** Russian endings vary: words are the same when their beginnings are. */
const stem = (word: string) => word.slice(0, Math.max(3, word.length - 2))

/** Whether no name holds any significant word of the query: what was found is then probably not what was asked for. */
export function looksIrrelevant(query: string, names: readonly string[]): boolean {
  const asked = words(query)
    .filter(word => !stopWords.has(word))
    .map(stem)
  if (asked.length === 0 || names.length === 0) return false
  const found = names.flatMap(words)
  return !asked.some(beginning => found.some(word => word.startsWith(beginning)))
}

const edibleSeeds = 'чиа|льн|кунжут|тыкв|подсолн|коноп|мак|горчи|укроп|псиллиум|киноа|амарант'
const notFood = new RegExp(
  String.raw`(?<!\p{L})(?:семена(?! (?:\p{L}+ )?(?:${edibleSeeds}))|рассад|сажен|грунт|удобрени|наполнитель|корм(?!\p{L}{2})|лакомств\p{L}* для (?:кош|соб)|для (?:кошек|собак|котят|щенков))`,
  'iu',
)

/** Seeds, soil and pet food go last, unless the query itself is for such things. The order is kept otherwise. */
export function foodFirst(query: string, products: readonly Product[]): Product[] {
  if (notFood.test(query) || /(?<!\p{L})(?:семен|семян|корм|кош|кот|соб)/iu.test(query)) return [...products]
  const isFood = (product: Product) => !notFood.test(product.name)
  return [...products.filter(isFood), ...products.filter(product => !isFood(product))]
}
