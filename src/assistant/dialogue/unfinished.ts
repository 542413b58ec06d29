import { z } from 'zod'
import type { Product } from '../../shop/shop.ts'

/** A product in memory of the bot, as the shop described it. */
const Stored = z.custom<Product>(
  value => z.looseObject({ xmlId: z.number(), name: z.string() }).safeParse(value).success,
)

const fields = {
  /** What the button carries. */
  id: z.string(),
  /** When it failed, unix time in milliseconds. */
  at: z.number(),
  /** What the user asked for, masked. */
  text: z.string(),
}

/** A request that failed and that its user can go on with by a button. */
export const Unfinished = z.discriminatedUnion('kind', [
  /** Nothing was achieved: it is asked again. */
  z.object({ kind: z.literal('request'), ...fields }),
  /** All is found and allowed, the shop gave no link: only that is tried again. */
  z.object({
    kind: z.literal('cart'),
    ...fields,
    /** As the model asked for them. */
    requested: z.array(z.object({ xml_id: z.number(), q: z.number() })),
    changesPrevious: z.boolean().nullable().default(null),
    products: z.array(
      z
        .object({ product: Stored, origin: z.enum(['user', 'recipe']), suggestedQ: z.number().optional() })
        .transform(({ suggestedQ, ...known }) => ({ ...known, ...(suggestedQ !== undefined && { suggestedQ }) })),
    ),
    budgetRub: z.number().nullable(),
    notFound: z.array(z.string()),
    toolsCalled: z.array(z.string()),
  }),
])
export type Unfinished = z.infer<typeof Unfinished>
export type UnfinishedCart = Extract<Unfinished, { kind: 'cart' }>

/** Of one user; the oldest goes. */
export const unfinishedLimit = 5
