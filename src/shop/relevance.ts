import { headOf, isAmong, readPhrase, significantWords } from './phrase.ts'
import type { Product } from './shop.ts'

/** What a product is known by: its name and the shop's categories. */
export const textOf = ({ name, category = [] }: Pick<Product, 'name' | 'category'>): string =>
  [name, ...category].join(', ')

/**
 * True if none of the texts (names with categories) has all significant words of the query, with its noun before the first
 * preposition, so that the results are probably irrelevant: «сыр бри» is not «Пицца Четыре сыра», «малина» is not «Йогурт с
 * малиной», but «фрукты» are «Бананы» of the category «Фрукты». Of a list («фрукты и ягоды») each word may be elsewhere.
 */
export function looksIrrelevant(query: string, texts: readonly string[]): boolean {
  const asked = significantWords(query)
  if (texts.length === 0) return false
  if (/,| и /.test(query)) {
    const found = texts.map(significantWords)
    return asked.some(word => !found.some(words => isAmong(word, words)))
  }
  const head = headOf(asked)
  return !texts.some(text => {
    const words = significantWords(text)
    if (!asked.every(word => isAmong(word, words))) return false
    return head === undefined || isAmong(head, significantWords(withoutAdditions(text)))
  })
}

/** «Йогурт с малиной, Молочное» without «с малиной»: up to the next comma, what a preposition adds. */
const withoutAdditions = (text: string) => text.replace(/ (?:с|со|из|в|во|на|под|для|без|по) [^,]*/giu, '')

const edibleSeeds = 'чиа|льн|кунжут|тыкв|подсолн|коноп|мак|горчи|псиллиум|киноа|амарант'
const inedibleSeeds = String.raw`семена(?! (?:\p{L}+ )?(?:${edibleSeeds}))`
const notFoodName = new RegExp(
  String.raw`(?<!\p{L})(?:${inedibleSeeds}|рассад|сажен|грунт|удобрени|наполнитель|корм(?!\p{L}{2})|для (?:кошек|собак|котят|щенков))`,
  'iu',
)
const notFoodCategory =
  /(?<!\p{L})(?:дом(?:а|у|ом)?(?!\p{L})|хозяйств|хозтовар|быт(?:ов|а|у)|уборк|стирк|животн|кош(?:ек|кам)|собак|зоо|сад(?:а|у|ом)?(?!\p{L})|огород|цветы|букет|космети|гигиен|уход|красот|аптек|посуд|текстил|игруш|канцел|подгузник)/iu
const forGardenOrPets =
  /(?<!\p{L})(?:семен|семян|корм(?!\p{L}{2})|кошк|кошач|кот(?:а|у|ов|ик\p{L}*|ят\p{L}*)?(?!\p{L})|собак|собач)/iu

const isFood = ({ name, category = [] }: Product) =>
  !notFoodName.test(name) && !category.some(text => notFoodCategory.test(text))

/** Leaves out what is not food, unless the query itself is for such things. */
export function foodOnly(query: string, products: readonly Product[]): Product[] {
  if (notFoodName.test(query) || forGardenOrPets.test(query)) return [...products]
  const food = products.filter(isFood)
  return asksForNonFood(query, products, food) ? [...products] : food
}

/** «Мыло» names no food found, and is what a thing found is: «Мыло жидкое молоко и мёд», which «молоко» is not. */
function asksForNonFood(query: string, products: readonly Product[], food: readonly Product[]): boolean {
  const head = headOf(significantWords(query))
  if (head === undefined) return false
  const isIt = ({ name }: Product) => isAmong(head, readPhrase(name).has.slice(0, 1))
  return !food.some(isIt) && products.some(product => !food.includes(product) && isIt(product))
}
