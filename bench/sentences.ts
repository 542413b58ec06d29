import { catalogue } from '../src/sandbox/shop/catalogue.ts'

/** What many ask for: the shop's cache answers after the first. */
const common = [
  ...['молоко', 'хлеб', 'яйца', 'сыр', 'творог', 'кефир', 'масло', 'гречка', 'рис', 'курица', 'говядина', 'лосось'],
  ...['помидоры', 'огурцы', 'картофель', 'морковь', 'лук', 'яблоки', 'бананы', 'апельсины', 'чай', 'кофе', 'сок'],
]

/** Rare ones: two words of a product's name, in either order. */
const rare = [
  ...new Set(
    catalogue.flatMap(({ name }) => {
      const [first, second] = name.toLowerCase().match(/[а-яё]{4,}/g) ?? []
      return first === undefined || second === undefined ? [] : [`${first} ${second}`, `${second} ${first}`]
    }),
  ),
]

const at = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length]

/**
 * Requests for three products: two that many ask for and a rare one, so that about one search in three goes to the shop. None comes
 * twice before all others.
 */
export const sentences: readonly string[] = rare.map(
  (product, n) =>
    // neighbours in the catalogue are alike: steps of a prime mix them
    `Собери корзину: ${at(common, n)}, ${at(common, 5 * n + 7)} и ${at(rare, 101 * n) ?? product}`,
)
