import type { TestDatabase } from '../support/database.ts'
import type { Tally } from './load.ts'

/** How what people saw and what the database has differ; nothing is what it should be. */
export interface Verdict {
  /** Answers without their events, or events without their answer. */
  lost: string[]
  /** Rows or carts that are there twice, numbers with a gap. */
  doubled: string[]
  /** Answers beyond the first, over all people. */
  repeatedAnswers: number
}

/**
 * Holds the database against the chats: a cart shown is a `cart_created`, numbers are gapless, `carts_created` counts the
 * rows, no id stands there twice, messages are counted once.
 */
export async function judge(
  sql: TestDatabase['sql'],
  tallies: readonly Tally[],
  repeatsAllowed: number,
): Promise<Verdict> {
  const lost: string[] = []
  const doubled: string[] = []
  let repeatedAnswers = 0
  for (const { userId, sent, answered, carts, failures } of tallies) {
    const who = `person ${userId}`
    const [found] = await sql<{
      carts: number
      numbers: string
      created: number
      usage: number
      sessions: number
      searched: number
      errors: number
    }>(
      `select
         (select count(*)::int from user_events where user_id = $1 and event_type = 'cart_created') as carts,
         (select coalesce(string_agg(metadata ->> 'cart_number', ',' order by (metadata ->> 'cart_number')::int), '')
          from user_events where user_id = $1 and event_type = 'cart_created') as numbers,
         (select carts_created from users where user_id = $1) as created,
         (select coalesce(sum(messages), 0)::int from user_usage where user_id = $1) as usage,
         (select count(*)::int from user_events where user_id = $1 and event_type = 'session_start') as sessions,
         (select count(*)::int from user_events where user_id = $1 and event_type = 'product_search') as searched,
         (select count(*)::int from user_events where user_id = $1 and event_type = 'bot_error') as errors`,
      [userId],
    )
    if (found === undefined) continue
    const gapless = Array.from({ length: found.carts }, (_, i) => i + 1).join(',')
    if (found.carts < carts.size) lost.push(`${who}: ${carts.size} carts shown, ${found.carts} rows`)
    if (found.carts > carts.size) doubled.push(`${who}: ${carts.size} carts shown, ${found.carts} rows`)
    if (found.numbers !== gapless) doubled.push(`${who}: cart numbers ${found.numbers}`)
    if (found.created !== found.carts) lost.push(`${who}: carts_created ${found.created}, rows ${found.carts}`)
    if (found.usage !== sent.cart) lost.push(`${who}: ${sent.cart} messages sent, ${found.usage} counted`)
    if (sent.cart > 0 && found.sessions !== 1) lost.push(`${who}: ${found.sessions} sessions`)
    if (found.searched < found.carts) lost.push(`${who}: ${found.searched} searches for ${found.carts} carts`)
    if (found.errors < failures) lost.push(`${who}: ${failures} apologies, ${found.errors} rows`)
    for (const kind of ['cart', 'me', 'help'] as const) {
      const more = Math.max(0, answered[kind] - sent[kind])
      repeatedAnswers += more
      if (more > repeatsAllowed) doubled.push(`${who}: ${more} answers of kind ${kind} too many`)
    }
  }
  const twice = await sql<{ id: string; event_type: string }>(
    'select id, event_type from user_events group by id, event_type having count(*) > 1',
  )
  for (const { id, event_type } of twice) doubled.push(`${event_type} ${id} stands there twice`)
  const [totals] = await sql<{ apart: boolean }>(
    `select (select coalesce(sum(messages), 0) from daily_stats) <> (select coalesce(sum(messages), 0) from user_usage) as apart`,
  )
  if (totals?.apart === true) lost.push('daily totals differ from the sum over people')
  return { lost, doubled, repeatedAnswers }
}
