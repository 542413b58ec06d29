import type { Db } from '../db/db.ts'
import type { StoredCart, SurveyProgress, UserState } from '../events/facts.ts'
import type { Preference } from './users.ts'

const FIND_USER = 'select user_state(u, $2, $3) as state from users u where user_id = $1'

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

const LOAD_LAST_CART = `select cart from last_carts where user_id = $1 and created_at > $2::timestamptz - interval '24 hours'`

const LIST_PREFERENCES = 'select category, preference from user_preferences where user_id = $1 order by category'

const SET_PREFERENCE = `
insert into user_preferences (user_id, category, preference)
select $1, $2, $3
where (select count(*) from user_preferences where user_id = $1 and category <> $2) < $4
on conflict (user_id, category) do update set preference = excluded.preference, updated_at = now()
returning category`

const DELETE_PREFERENCE = 'delete from user_preferences where user_id = $1 and category = $2 returning category'

/** The direct reads and writes of a person's tables: those that make no event. */
export const createUserStore = (db: Db, timeZone: string) => ({
  find: async (userId: number, at: Date): Promise<UserState | null> => {
    const [row] = await db.query<{ state: UserState }>('find_user', FIND_USER, [userId, at, timeZone])
    return row === undefined ? null : { ...row.state, registeredAt: new Date(row.state.registeredAt) }
  },
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
  lastCart: async (userId: number, at: Date): Promise<StoredCart | null> => {
    const [row] = await db.query<{ cart: StoredCart }>('load_last_cart', LOAD_LAST_CART, [userId, at])
    return row?.cart ?? null
  },
  preferences: (userId: number): Promise<Preference[]> =>
    db.query<Preference & Record<string, unknown>>('list_preferences', LIST_PREFERENCES, [userId]),
  setPreference: async (userId: number, { category, preference }: Preference, limit: number): Promise<boolean> =>
    (await db.query('set_preference', SET_PREFERENCE, [userId, category, preference, limit])).length > 0,
  deletePreference: async (userId: number, category: string): Promise<boolean> =>
    (await db.query('delete_preference', DELETE_PREFERENCE, [userId, category])).length > 0,
})

export type UserStore = ReturnType<typeof createUserStore>
