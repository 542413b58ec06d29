/** The part of JSON Schema the shop's tools are described with. */
export interface ArgumentSchema {
  type: 'object' | 'array' | 'string' | 'integer' | 'number'
  default?: unknown
  enum?: readonly string[]
  format?: string
  minLength?: number
  maxLength?: number
  pattern?: string
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  items?: ArgumentSchema
  properties?: Record<string, ArgumentSchema>
  required?: readonly string[]
}

/** A type, not an interface, because the SDK's tool type carries an index signature. */
export type ToolDescription = { name: string; description: string; inputSchema: ArgumentSchema & { type: 'object' } }

const biggestId = 999_999_999

export const productFields = [
  'id',
  'xml_id',
  'name',
  'slug',
  'description',
  'price',
  'unit',
  'weight',
  'rating',
  'url',
  'images',
  'category',
  'properties',
] as const
export type ProductField = (typeof productFields)[number]

const sorts = ['price_asc', 'price_desc', 'rating', 'popularity', 'new']
const integer = (minimum: number, maximum: number): ArgumentSchema => ({ type: 'integer', minimum, maximum })
const integerOr = (standard: number, minimum: number, maximum: number): ArgumentSchema => ({
  type: 'integer',
  default: standard,
  minimum,
  maximum,
})
const choiceOr = (standard: string, values: readonly string[]): ArgumentSchema => ({
  type: 'string',
  default: standard,
  enum: values,
})

function tool(
  name: string,
  description: string,
  properties: Record<string, ArgumentSchema>,
  required: readonly string[] = [],
): ToolDescription {
  return {
    name,
    description,
    inputSchema: { type: 'object', properties, ...(required.length > 0 && { required }) },
  }
}

const recipeFilters: Record<string, ArgumentSchema> = {
  sort: { type: 'string', enum: ['popularity', 'new'] },
  page: integer(1, 99_999),
  q: { type: 'string', minLength: 0, maxLength: 255 },
  id_feature_filter: integer(0, biggestId),
  id_cooking_time_filter: integer(0, biggestId),
  id_cooking_method_filter: integer(0, biggestId),
  id_complexity_filter: integer(0, biggestId),
  id_category_filter: integer(0, biggestId),
  id_exclude_allergens_filter: { type: 'array', items: integer(1, biggestId) },
}

/** The ten tools as the shop lists them. */
export const toolDescriptions: readonly ToolDescription[] = [
  tool('vkusvill_products_search', 'Поиск товаров по названию, до 10 на странице', {
    q: { type: 'string', default: '', minLength: 1, maxLength: 255 },
    page: integerOr(1, 1, 99_999),
    limit: integerOr(10, 1, 10),
    category_id: integerOr(0, 0, 999_999),
    sort: choiceOr('popularity', sorts),
    vvonly: integerOr(1, 0, 1),
    mode: choiceOr('short', ['full', 'short', 'custom']),
    fields: { type: 'array', default: [], minItems: 0, items: { type: 'string', enum: productFields } },
  }),
  tool('vkusvill_product_details', 'Полная карточка товара', { id: integer(1, biggestId) }, ['id']),
  tool(
    'vkusvill_cart_link_create',
    'Ссылка на корзину с товарами, от 1 до 20 позиций',
    {
      products: {
        type: 'array',
        maxItems: 30,
        items: {
          type: 'object',
          properties: {
            xml_id: integer(1, biggestId),
            q: { type: 'number', format: 'float', minimum: 0.01, maximum: 40 },
          },
        },
      },
    },
    ['products'],
  ),
  tool('vkusvill_product_analogs', 'Похожие товары', { id: integer(1, biggestId) }, ['id']),
  tool('vkusvill_product_barcode', 'Товар по штрихкоду', { barcode: { type: 'string', pattern: '^\\d{13}$' } }, [
    'barcode',
  ]),
  tool('vkusvill_products_discount', 'Товары со скидкой', {
    type: choiceOr('card', ['card', 'quantity']),
    page: integerOr(1, 1, 99_999),
    sort: choiceOr('popularity', [...sorts, 'name_asc', 'name_desc']),
    vvonly: integerOr(1, 0, 1),
  }),
  tool('vkusvill_recipes', 'Рецепты с товарами', recipeFilters, Object.keys(recipeFilters)),
  tool('vkusvill_shops', 'Магазины', {
    page: integerOr(1, 1, 99_999),
    id_region_filter: integerOr(0, 0, biggestId),
    id_city_filter: integerOr(0, 0, biggestId),
    id_subway_filter: integerOr(0, 0, biggestId),
    id_feature_filter: integerOr(0, 0, biggestId),
  }),
  tool('vkusvill_orders_history', 'История заказов (нужен вход)', { page: integerOr(1, 1, 99_999) }),
  tool('vkusvill_product_lp', 'Любимый продукт (нужен вход)', {}),
]
