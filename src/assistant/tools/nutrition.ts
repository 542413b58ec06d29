import { z } from 'zod'
import { within } from '../../process/within.ts'
import type { Nutrition, Shop } from '../../shop/shop.ts'
import type { Users } from '../../users/users.ts'
import type { MessageContext } from '../message-context.ts'
import { numberWithin, productId } from './arguments.ts'
import { defineTool } from './tool.ts'

const nutrients = ['kcal', 'protein', 'fat', 'carbs'] as const

const Item = z.object({
  xml_id: productId().optional().describe('xml_id товара из результатов поиска или корзины'),
  id: productId().optional().describe('id товара, если xml_id неизвестен'),
  name: z.string().max(300).optional().describe('Название товара'),
  grams: numberWithin(1, 100_000).describe('Сколько граммов считать; для жидкостей 1 мл – 1 г'),
})
type Item = z.infer<typeof Item>

interface NutritionToolDeps {
  shop: Pick<Shop, 'details'>
  users: Pick<Users, 'lastCart'>
}

/** Calories and nutrients of products, from the shop's own cards. What a card does not state is named, never guessed. */
export const createNutritionTool = ({ shop, users }: NutritionToolDeps) =>
  defineTool({
    name: 'nutrition_calculate',
    description:
      'Считает калории, белки, жиры и углеводы (КБЖУ) товаров по их карточкам. Только когда человек прямо попросил КБЖУ или калории.',
    schema: z.object({
      items: z
        .array(Item, 'нужен список')
        .min(1, 'нужен хотя бы один товар')
        .max(20, 'не больше 20 товаров')
        .describe('Товары и вес каждого'),
    }),
    async run({ items }, message) {
      message.question.onProgress({ stage: 'details' })
      const idOf = await idsOf(items, users, message)
      const portions: Portion[] = []
      const failures: unknown[] = []
      for (const item of items) {
        try {
          portions.push(await portionOf(shop, item, idOf(item).id, message))
        } catch (err) {
          // a card that was only guessed is no failure of the shop
          if (!idOf(item).isGuess) failures.push(err)
          message.signal.throwIfAborted()
          portions.push({ name: nameOf(item), grams: item.grams, nutrition: null })
        }
      }
      if (failures.length === items.length) throw failures[0]
      return { data: { ok: true, ...countNutrition(portions) } }
    },
  })

export interface Portion {
  name: string
  grams: number
  /** Per 100 g; null when nothing is known. */
  nutrition: Nutrition | null
}

/**
 * The ids of cards: from the products of the dialogue, else from the last cart. What a recipe proposed some messages ago is in
 * neither; its two ids are the same in all that the shop has shown so far.
 */
async function idsOf(
  items: readonly Item[],
  users: Pick<Users, 'lastCart'>,
  { question, state }: MessageContext,
): Promise<(item: Item) => { id: number | undefined; isGuess: boolean }> {
  const known = new Map([...state.products].map(([xmlId, { product }]) => [xmlId, product.id]))
  if (items.some(({ xml_id }) => xml_id !== undefined && !known.has(xml_id))) {
    // without the last cart the ids are guessed, and a guess is marked as one
    const last = await users.lastCart(question.user.userId).catch(() => null)
    for (const { product } of last?.lines ?? []) if (!known.has(product.xmlId)) known.set(product.xmlId, product.id)
  }
  return ({ xml_id, id }) => {
    const stated = xml_id === undefined ? id : (known.get(xml_id) ?? id)
    return { id: stated ?? xml_id, isGuess: stated === undefined }
  }
}

async function portionOf(
  shop: Pick<Shop, 'details'>,
  item: Item,
  id: number | undefined,
  message: MessageContext,
): Promise<Portion> {
  if (id === undefined) return { name: nameOf(item), grams: item.grams, nutrition: null }
  const { name, nutrition } = await within(message.signal, () => shop.details(id))
  return { name, grams: item.grams, nutrition }
}

const nameOf = ({ name, xml_id, id }: Item) => name ?? `товар ${xml_id ?? id ?? 'без номера'}`

/** Each portion and their sum, one decimal; `missing` names what no card states, and the sums leave it out. */
function countNutrition(portions: readonly Portion[]) {
  const items = portions.map(({ name, grams, nutrition }) => ({
    name,
    grams,
    ...mapNutrients(n => (nutrition?.[n] == null ? null : (nutrition[n] * grams) / 100)),
  }))
  const missing = items.flatMap(item => {
    const unknown = nutrients.filter(n => item[n] === null)
    return unknown.length === 0 ? [] : [{ name: item.name, unknown }]
  })
  const total = mapNutrients(n => {
    const known = items.map(item => item[n]).filter(value => value !== null)
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
  })
  return {
    items: items.map(item => ({ ...item, ...rounded(item) })),
    total: rounded(total),
    missing,
    ...(missing.length > 0 && { note: 'Назови товары из missing: для них данных нет, в сумму они не вошли.' }),
  }
}

const mapNutrients = (value: (nutrient: keyof Nutrition) => number | null): Nutrition => ({
  kcal: value('kcal'),
  protein: value('protein'),
  fat: value('fat'),
  carbs: value('carbs'),
})

const rounded = (nutrition: Nutrition): Nutrition =>
  mapNutrients(n => (nutrition[n] === null ? null : Math.round(nutrition[n] * 10) / 10))
