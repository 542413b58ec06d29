import { allergensIn } from './allergens.ts'
import type { CatalogueNutrition, CataloguePrice, CatalogueProduct, DiscountCondition } from './product.ts'
import { type ProductField, productFields } from './tool-schemas.ts'
import { slugOf } from './transliteration.ts'

/** The default fields of a search result. */
export const shortFields: readonly ProductField[] = ['id', 'xml_id', 'name', 'price', 'unit', 'weight']

/**
 * A product as the shop sends it: entities in the name, conditional prices in words, no `weight` for loose goods. Fields keep the
 * shop's order whatever order they are asked in.
 */
export function productCard(product: CatalogueProduct, fields: readonly ProductField[], today: Date) {
  const card = wholeCard(product, today)
  return Object.fromEntries(
    productFields.flatMap(field => (fields.includes(field) && card[field] !== undefined ? [[field, card[field]]] : [])),
  )
}

/** Everything, the brand included, as product_details answers it. There, `discount_info` is left out when there is none. */
export function productDetails(product: CatalogueProduct, today: Date) {
  const { price } = product
  return {
    ...productCard(product, productFields, today),
    ...(price !== null && price.condition === null && { price: withoutInfo(wirePrice(price, today)) }),
    brand: product.brand,
  }
}

const withoutInfo = ({ discount_info: _, ...price }: ReturnType<typeof wirePrice>) => price

function wholeCard(product: CatalogueProduct, today: Date): Record<ProductField, unknown> {
  const { id, xmlId, shelf, department } = product
  const slug = slugOf(product.name)
  return {
    id,
    xml_id: xmlId,
    name: withEntities(product.name),
    slug: `${slug}-${id}`,
    description: withEntities(product.description),
    price: product.price === null ? null : wirePrice(product.price, today),
    unit: product.unit,
    weight: product.weightKg === null ? undefined : { value: product.weightKg, unit: 'кг' },
    rating: product.rating ?? undefined,
    url: `https://vkusvill.ru/goods/${slug}-${id}/`,
    images: [
      {
        small: `https://img.vkusvill.ru/fake/${id}-s.webp`,
        medium: `https://img.vkusvill.ru/fake/${id}-m.webp`,
        large: `https://img.vkusvill.ru/fake/${id}-l.webp`,
      },
    ],
    category: [shelf, department].map(({ id, name, slug }) => ({
      id,
      name,
      slug,
      url: `https://vkusvill.ru/goods/${slug}/`,
    })),
    properties: propertiesOf(product),
  }
}

/** Special characters as the shop writes them, and a hard space between a number and its unit. */
function withEntities(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('«', '&laquo;')
    .replaceAll('»', '&raquo;')
    .replaceAll('"', '&quot;')
    .replace(/(\d) (?=(?:г|кг|мл|л|шт)(?![\p{L}]))/gu, '$1&nbsp;')
}

function wirePrice({ current, old, condition }: CataloguePrice, today: Date) {
  return {
    current,
    currency: 'RUB',
    old,
    discount_percent: old === null ? null : Math.round((1 - current / old) * 100),
    discount_info: condition === null ? null : conditionText(condition, today),
  }
}

function conditionText(condition: DiscountCondition, today: Date): string {
  switch (condition.kind) {
    case 'quantity':
      return `Цена действует при покупке от ${condition.from} шт`
    case 'card':
      return 'Цена по карте лояльности «Вкусвилл»'
    case 'online':
      return 'Цена только при заказе онлайн'
    case 'until': {
      const last = new Date(today.getTime() + condition.days * 86_400_000)
      return `Цена действует до ${last.toLocaleDateString('ru-RU', { timeZone: 'Europe/Moscow' })}`
    }
  }
}

function propertiesOf(product: CatalogueProduct) {
  const { composition, nutrition, shelf } = product
  const allergens = allergensIn(`${product.name} ${composition ?? ''}`)
  return [
    { name: 'Состав', value: composition === null ? null : withEntities(composition) },
    ...(nutrition === null
      ? []
      : [{ name: 'Пищевая и энергетическая ценность в 100 г', value: nutritionText(nutrition, product.id) }]),
    { name: 'Аллергены по производителям', value: allergens.length === 0 ? null : allergens.join(', ') },
    { name: 'Срок годности', value: shelf.keeps },
    { name: 'Условия хранения', value: shelf.storage },
    { name: 'Изготовитель', value: product.ownBrand ? null : withEntities(`ООО «${product.brand}»`) },
  ]
}

/** The shop's cards are filled in by many hands; which of the known habits a card shows is decided by its id. */
function nutritionText(nutrition: CatalogueNutrition, id: number): string {
  const carbs = nutrition.carbs === null ? '' : `, углеводы ${nutrition.carbs} г`
  const plain = `белки ${nutrition.protein} г, жиры ${nutrition.fat} г${carbs}; ${nutrition.kcal} ккал`
  const text = id % 3 === 0 ? plain.replace(/(\d)\.(\d)/g, '$1,$2') : plain
  if (id % 11 === 0) return `ООО &laquo;Первый&raquo;: ${text}<br>ООО &laquo;Второй&raquo;: ${text}`
  return id % 17 === 0 ? `${text}. Поставщики: ООО &laquo;Первый&raquo;, ИП Второй` : text
}
