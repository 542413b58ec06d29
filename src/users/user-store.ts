import type { Db } from '../db/db.ts'
import type { JsonDocument } from '../events/facts.ts'
import type { StoredCart } from '../shop/cart.ts'
import type { CartRating } from './cart-rating.ts'
import { readUserState, type SurveyProgress, type UserState } from './user-state.ts'
import type { LastCart, Preference, Restriction } from './users.ts'

const FIND_USER = 'select user_state(u, $2, $3) as state from users u where user_id = $1'

const HAS_BLOCKED_BOT = 'select from users where user_id = $1 and bot_blocked_at is not null'

const WAS_DONE = 'select 1 from users where user_id = $1 and $2 = any (done_messages)'

const LOAD_INVITATION = `
select
  (select code from referral_codes where user_id = $1) as code,
  count(*) as invited,
  count(inviter_paid_at) as paid
from users where invited_by = $1`

const CREATE_REFERRAL_CODE = `
insert into referral_codes (code, user_id) values ($1, $2)
on conflict do nothing`

const SAVE_SURVEY = 'update users set survey_progress = $2 where user_id = $1'

const LOAD_LAST_CART = `
select cart, cart_number, revision, created_at from last_carts
where user_id = $1 and created_at > $2::timestamptz - last_cart_lifetime()`

// one statement for every message; the day's row is added to by the batches that add to the user's
const LOAD_READINGS = `
select
  coalesce((select sum(cost_rub) from all_usage where user_id = $1 and day = t.day), 0)::float8 as user_rub,
  coalesce((select tokens_cost_rub from daily_stats where date = t.day), 0)::float8 as day_rub,
  coalesce((
    select jsonb_agg(jsonb_build_object('category', category, 'preference', preference) order by category)
    from user_preferences where user_id = $1
  ), '[]') as preferences,
  coalesce((
    select jsonb_agg(jsonb_build_object('kind', kind, 'value', value) order by kind, value)
    from user_restrictions where user_id = $1
  ), '[]') as restrictions,
  c.cart, c.cart_number, c.revision, c.created_at
from (select local_day($2, $3) as day) t
left join last_carts c on c.user_id = $1 and c.created_at > $2::timestamptz - last_cart_lifetime()`

const LIST_PREFERENCES = 'select category, preference from user_preferences where user_id = $1 order by category'

const LOAD_CART_OF = 'select cart from last_carts where user_id = $1 and message_fact_id = $2'

const RATE_CART = 'select * from rate_cart($1, $2, $3, $4, $5, $6, $7)'

const SET_PREFERENCE = `
insert into user_preferences (user_id, category, preference)
select $1, $2, $3
where (select count(*) from user_preferences where user_id = $1 and category <> $2) < $4
on conflict (user_id, category) do update set preference = excluded.preference, updated_at = excluded.updated_at
returning category`

const DELETE_PREFERENCE = 'delete from user_preferences where user_id = $1 and category = $2 returning category'

const LIST_RESTRICTIONS = 'select kind, value from user_restrictions where user_id = $1 order by kind, value'

const ADD_RESTRICTION = `
insert into user_restrictions (user_id, kind, value)
select $1, $2, $3
where (select count(*) from user_restrictions where user_id = $1 and (kind, value) <> ($2, $3)) < $4
on conflict (user_id, kind, value) do update set value = excluded.value
returning value`

const REMOVE_RESTRICTION =
  'delete from user_restrictions where user_id = $1 and kind = $2 and value = $3 returning value'

const BLOCK_USER = 'update users set blocked_at = $2, block_reason = $3 where user_id = $1 returning user_id'

const UNBLOCK_USER = 'update users set blocked_at = null, block_reason = null where user_id = $1 returning user_id'

const GRANT_CARTS = 'update users set cart_limit = cart_limit + $2 where user_id = $1 returning cart_limit'

// carts_created always equals the user's cart_created rows with revision 0, so it is the limit that moves
const RESET_CARTS =
  'update users set cart_limit = greatest(cart_limit, carts_created + $2) where user_id = $1 returning cart_limit, carts_created'

type LastCartRow = { cart: StoredCart; cart_number: number; revision: number; created_at: Date }

const asLastCart = ({ cart, cart_number, revision, created_at }: LastCartRow): LastCart => ({
  ...cart,
  cartNumber: cart_number,
  revision,
  madeAt: created_at,
})

/** The direct reads and writes of a user's tables: those that make no event. */
export const createUserStore = (db: Db, timeZone: string) => ({
  find: async (userId: number, at: Date): Promise<UserState | null> => {
    const [row] = await db.query<{ state: JsonDocument }>('find_user', FIND_USER, [userId, at, timeZone])
    return row === undefined ? null : readUserState(row.state)
  },
  hasBlockedBot: async (userId: number): Promise<boolean> =>
    (await db.query('find_user', HAS_BLOCKED_BOT, [userId])).length > 0,
  wasDone: async (userId: number, messageFactId: string): Promise<boolean> =>
    (await db.query('was_done', WAS_DONE, [userId, messageFactId])).length > 0,
  invitation: async (userId: number): Promise<{ code: string | null; invited: number; paid: number }> => {
    const [row] = await db.query<{ code: string | null; invited: number; paid: number }>(
      'load_invitation',
      LOAD_INVITATION,
      [userId],
    )
    return row ?? { code: null, invited: 0, paid: 0 }
  },
  createReferralCode: async (userId: number, code: string): Promise<void> => {
    await db.query('create_referral_code', CREATE_REFERRAL_CODE, [code, userId])
  },
  saveSurvey: async (userId: number, progress: SurveyProgress | null): Promise<void> => {
    await db.query('save_survey', SAVE_SURVEY, [userId, progress])
  },
  lastCart: async (userId: number, at: Date): Promise<LastCart | null> => {
    const [row] = await db.query<LastCartRow>('load_last_cart', LOAD_LAST_CART, [userId, at])
    return row === undefined ? null : asLastCart(row)
  },
  cartOf: async (userId: number, messageFactId: string): Promise<StoredCart | null> => {
    const [row] = await db.query<{ cart: StoredCart }>('load_cart_of', LOAD_CART_OF, [userId, messageFactId])
    return row?.cart ?? null
  },
  rateCart: async (
    userId: number,
    { cartNumber, requestId, rating, reason, promptVersion }: CartRating,
    at: Date,
  ): Promise<{ known: boolean; changed: boolean }> => {
    const values = [userId, cartNumber, requestId, rating, reason, promptVersion, at]
    const [row] = await db.query<{ known: boolean; changed: boolean }>('rate_cart', RATE_CART, values)
    return row ?? { known: false, changed: false }
  },
  readings: async (userId: number | null, at: Date) => {
    type Spent = { user_rub: number; day_rub: number }
    type Row = Spent & { preferences: Preference[]; restrictions: Restriction[] } & (LastCartRow | { cart: null })
    const [row] = await db.query<Row>('load_readings', LOAD_READINGS, [userId, at, timeZone])
    return {
      spent: { userRub: row?.user_rub ?? 0, dayRub: row?.day_rub ?? 0 },
      preferences: row?.preferences ?? [],
      restrictions: row?.restrictions ?? [],
      lastCart: row === undefined || row.cart === null ? null : asLastCart(row),
    }
  },
  preferences: (userId: number): Promise<Preference[]> =>
    db.query<Preference & Record<string, unknown>>('list_preferences', LIST_PREFERENCES, [userId]),
  setPreference: async (userId: number, { category, preference }: Preference, limit: number): Promise<boolean> =>
    (await db.query('set_preference', SET_PREFERENCE, [userId, category, preference, limit])).length > 0,
  deletePreference: async (userId: number, category: string): Promise<boolean> =>
    (await db.query('delete_preference', DELETE_PREFERENCE, [userId, category])).length > 0,
  restrictions: (userId: number): Promise<Restriction[]> =>
    db.query<Restriction & Record<string, unknown>>('list_restrictions', LIST_RESTRICTIONS, [userId]),
  addRestriction: async (userId: number, { kind, value }: Restriction, limit: number): Promise<boolean> =>
    (await db.query('add_restriction', ADD_RESTRICTION, [userId, kind, value, limit])).length > 0,
  removeRestriction: async (userId: number, { kind, value }: Restriction): Promise<boolean> =>
    (await db.query('remove_restriction', REMOVE_RESTRICTION, [userId, kind, value])).length > 0,
  block: async (userId: number, at: Date, reason: string | null): Promise<boolean> =>
    (await db.query('block_user', BLOCK_USER, [userId, at, reason])).length > 0,
  unblock: async (userId: number): Promise<boolean> =>
    (await db.query('unblock_user', UNBLOCK_USER, [userId])).length > 0,
  grantCarts: async (userId: number, count: number): Promise<number | null> =>
    (await db.query<{ cart_limit: number }>('grant_carts', GRANT_CARTS, [userId, count]))[0]?.cart_limit ?? null,
  resetCarts: async (userId: number, free: number): Promise<{ cartLimit: number; cartsCreated: number } | null> => {
    const [row] = await db.query<{ cart_limit: number; carts_created: number }>('reset_carts', RESET_CARTS, [
      userId,
      free,
    ])
    return row === undefined ? null : { cartLimit: row.cart_limit, cartsCreated: row.carts_created }
  },
})

export type UserStore = ReturnType<typeof createUserStore>
