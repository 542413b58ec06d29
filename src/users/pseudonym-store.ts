import type { Db } from '../db/db.ts'

/*
  Only a registered user has a row, so that nothing is stored of a stranger. The share lock makes an erasure in flight come
  first or see the row: none is left of an erased user.
*/
const LOG_PSEUDONYM = `
with made as (
  insert into log_pseudonyms (user_id, pseudonym)
  select user_id, $2 from users where user_id = $1 for key share
  on conflict (user_id) do nothing returning pseudonym
)
select pseudonym from made union all select pseudonym from log_pseudonyms where user_id = $1`

/** Stored log pseudonyms, by user id. */
export const createPseudonymStore = (db: Db) => ({
  /** The stored pseudonym of a user; `candidate` becomes it when there is none; undefined for a user who is not registered. */
  resolve: async (userId: number, candidate: string): Promise<string | undefined> => {
    const [row] = await db.query<{ pseudonym: string }>('log_pseudonym', LOG_PSEUDONYM, [userId, candidate])
    return row?.pseudonym
  },
})
