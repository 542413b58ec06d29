import type { Source } from '../../events/catalogue.ts'
import type { DailyRow, SourceRow } from '../numbers.ts'

/** A day without activity. */
export const emptyDay = (date: string): DailyRow => ({
  date,
  dau: 0,
  new_users: 0,
  sessions: 0,
  carts: 0,
  gmv: 0,
  searches: 0,
  errors: 0,
  messages: 0,
  tokens: 0,
  cost_rub: 0,
})
/** A source without users. Money is summed in whole cents and micro-roubles, so that sums are exact. */
export const emptySource = (source: Source): SourceRow & { gmvCents: number; costMicro: number } => ({
  source,
  users: 0,
  new_users: 0,
  with_cart: 0,
  first_carts: 0,
  carts: 0,
  gmv: 0,
  cost_rub: 0,
  gmvCents: 0,
  costMicro: 0,
})
