import { decodeHTML } from 'entities'
import { expect, test } from 'vitest'
import { catalogue } from './catalogue.ts'
import { productCard } from './product-card.ts'
import { createProductSearch } from './product-search.ts'
import { productFields } from './tool-schemas.ts'

const today = new Date('2026-11-22T09:00:00Z')
const search = createProductSearch(catalogue)
const find = (q: string) => search({ q, sort: 'popularity', ownBrandOnly: false, categoryId: 0 })

test('the assortment is wide, and every product differs from every other', () => {
  const ids = catalogue.flatMap(({ id, xmlId }) => (id === xmlId ? [id] : [id, xmlId]))

  expect(catalogue.length).toBeGreaterThanOrEqual(320)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every(id => Number.isInteger(id) && id >= 100 && id <= 99_999)).toBe(true)
  expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length)
})

test('shelves and departments have distinct ids', () => {
  const names = new Map<number, Set<string>>()
  for (const { shelf, department } of catalogue)
    for (const { id, name } of [shelf, department]) names.set(id, (names.get(id) ?? new Set()).add(name))

  expect([...names.values()].filter(named => named.size > 1)).toEqual([])
})

const problems: Record<string, (product: (typeof catalogue)[number]) => boolean> = {
  'a raw special character on the wire': product => /[«»"]|&(?!(?:nbsp|laquo|raquo|quot|amp);)/.test(wireName(product)),
  'a name that does not decode': product => decodeHTML(wireName(product)).replaceAll('\u00a0', ' ') !== product.name,
  'an odd unit': ({ unit }) => !['шт', 'кг', 'уп', 'бут', 'пак', 'бан'].includes(unit),
  'a weight on loose goods, or none on a piece': ({ unit, weightKg }) => (unit === 'кг') !== (weightKg === null),
  'an odd price': ({ price }) => price !== null && (price.current < 20 || price.current > 2_500),
  'a discount that raises the price': ({ price }) => price !== null && price.old !== null && price.old <= price.current,
  'an odd rating': ({ rating }) => rating === null || rating.average < 4 || rating.average > 5 || rating.count < 1,
}

const wireName = (product: (typeof catalogue)[number]) => String(productCard(product, productFields, today).name)

test.each(Object.entries(problems))('no product has %s', (_, hasProblem) => {
  expect(catalogue.filter(hasProblem).map(({ name }) => name)).toEqual([])
})

test('what is stated per 100 g adds up to its kilocalories', () => {
  const wrong = catalogue.filter(({ nutrition, shelf }) => {
    if (nutrition === null || nutrition.carbs === null || shelf.slug === 'spetsii-sol') return false
    const { protein, fat, carbs, kcal } = nutrition
    // Fibre and roasting make the labels of real products differ too, most of all those of spices.
    return protein + fat + carbs > 101 || Math.abs(protein * 4 + fat * 9 + carbs * 4 - kcal) > 25 + kcal * 0.12
  })

  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('the awkward cases of the real shop are there', () => {
  const kinds = new Set(catalogue.map(({ price }) => price?.condition?.kind))

  expect(kinds).toEqual(new Set([undefined, 'quantity', 'card', 'online', 'until']))
  expect(catalogue.filter(({ price }) => price === null).length).toBeGreaterThanOrEqual(2)
  expect(catalogue.filter(({ id, xmlId }) => id !== xmlId).length).toBeGreaterThanOrEqual(3)
  expect(catalogue.filter(({ weightKg }) => weightKg === null).length).toBeGreaterThan(20)
  expect(catalogue.filter(({ ownBrand }) => !ownBrand).length).toBeGreaterThan(10)
  expect(catalogue.some(({ price }) => price !== null && /\d{10}/.test(String(price.current)))).toBe(true)
  expect(catalogue.some(({ nutrition }) => nutrition?.carbs === null)).toBe(true)
})

const dishes: Record<string, string> = {
  борщ: 'говядина; свёкла; капуста белокочанная; картофель; морковь; лук репчатый; чеснок; томатная паста; сметана; лавровый лист; укроп',
  карбонара: 'спагетти; бекон; яйцо куриное; пармезан; сливки; перец чёрный молотый',
  болоньезе: 'спагетти; фарш говяжий; томаты в собственном соку; лук; морковь; сельдерей; чеснок; пармезан; базилик',
  тирамису: 'маскарпоне; савоярди; яйца; сахар; кофе; какао',
  оливье: 'колбаса докторская; картофель; морковь; яйца; огурцы маринованные; горошек зелёный; майонез',
  цезарь: 'куриное филе; салат романо; пармезан; сухарики; соус цезарь; помидоры черри; анчоусы',
  блины: 'мука; молоко; яйца; сахар; масло сливочное; масло подсолнечное; соль',
  сырники: 'творог; яйца; мука; сахар; сметана; ванильный сахар',
  омлет: 'яйца; молоко; масло сливочное; ветчина; сыр',
  плов: 'рис для плова; баранина; морковь; лук; зира; барбарис; чеснок; масло растительное',
  'греческий салат': 'помидоры; огурцы; перец болгарский; лук красный; фета; оливки; масло оливковое; орегано',
  шашлык: 'свинина; лук; уксус; приправа для шашлыка; лаваш; кетчуп; уголь',
  окрошка: 'квас; кефир; картофель; яйца; редис; огурцы; лук зелёный; укроп; колбаса',
  'гречка с курицей': 'гречка; курица; лук; морковь; масло растительное',
  лазанья: 'листы для лазаньи; фарш; томатная паста; моцарелла; молоко; мука; масло сливочное; мускатный орех',
  пицца: 'мука; дрожжи; моцарелла; соус томатный; пепперони; ветчина; шампиньоны; маслины; основа для пиццы',
  завтрак: 'овсянка; гранола; йогурт; творог; бананы; мёд; хлеб; авокадо; кофе; чай; сок апельсиновый',
  перекус: 'батончик; орехи; хлебцы; яблоки; смузи; сухофрукты; йогурт питьевой',
  вечеринка: 'чипсы; пицца; роллы; сок; лимонад; торт; крылья; канапе; хумус; фрукты; салфетки',
  'без глютена': 'хлеб без глютена; макароны без глютена; мука без глютена; печенье без глютена; киноа; гречка',
  'без лактозы': 'молоко безлактозное; йогурт безлактозный; творог безлактозный; сыр безлактозный; овсяное молоко',
  обед: 'готовый обед; суп; борщ; салат; котлета; плов; паста болоньезе; лазанья',
}

test.each(Object.entries(dishes))('everything for «%s» is on the shelves', (_, ingredients) => {
  const missing = ingredients.split('; ').filter(ingredient => find(ingredient).length === 0)

  expect(missing).toEqual([])
})

test('what is sold for the kitchen comes before what only sounds like it', () => {
  const forGardenOrPets = Object.values(dishes)
    .flatMap(ingredients => ingredients.split('; '))
    .filter(ingredient => !['уголь', 'салфетки'].includes(ingredient))
    .filter(ingredient => find(ingredient)[0]?.department.slug === 'dom-sad-zhivotnye')

  expect(forGardenOrPets).toEqual([])
})
