import type { TestDatabase } from '../support/database.ts'
import { type Fixture, until } from './fixture.ts'
import type { Tally } from './load.ts'
import { failedCommands, usageLines } from './log-lines.ts'
import { recountDays } from './recount.ts'
import { undelivered } from './undelivered.ts'

/** Differences between what users saw and what the database has; all empty when nothing is wrong. */
export interface TruthVerdict {
  /** Answers without their events, or events without their answer. */
  lost: string[]
  /** Rows or carts that are there twice, numbers with a gap. */
  doubled: string[]
  /** Files that should not be there once everything is stored. */
  left: string[]
  /** Answers beyond the first, over all users. */
  repeatedAnswers: number
}

export interface Evidence {
  fixture: Fixture
  sql: TestDatabase['sql']
  tallies: readonly Tally[]
  /** How often a process was killed: each may repeat an answer, and costs model calls that are counted nowhere. */
  kills: number
  /** Whether a file may stay: a file that the test put into the spool and that is quarantined. */
  mayStay?: (path: string) => boolean
}

/**
 * Holds the database against the chats and the log: a cart shown is a `cart_created`, the numbers of carts and of their
 * versions are gapless, `carts_created` counts the first versions, no id stands there twice, messages are counted once, tokens
 * and roubles are those of the lines `llm_usage`, every column of `daily_stats` is what the rows say, and no file waits any more.
 * A difference has two minutes to vanish.
 */
export async function judge(evidence: Evidence): Promise<TruthVerdict> {
  let verdict = await compare(evidence)
  // what is stored, printed or removed after the answer may come later than the answer
  await until('nothing differs', async () => {
    if (verdict.lost.length + verdict.doubled.length + verdict.left.length === 0) return true
    verdict = await compare(evidence)
    return false
  }).catch(() => undefined)
  return verdict
}

async function compare({ fixture, sql, tallies, kills, mayStay }: Evidence): Promise<TruthVerdict> {
  const lost: string[] = []
  const doubled: string[] = []
  let repeatedAnswers = 0
  // a command that failed is apologised for with a code, and is no event
  const commands = failedCommands(fixture.bots.map(({ process }) => process))
  for (const { userId, sent, answered, carts, codes } of tallies) {
    const who = `user ${userId}`
    const [found] = await sql<{
      carts: number
      numbers: number[]
      versions: number[][]
      created: number
      usage: number
      sessions: number
      searched: number
      errors: string[]
    }>(
      `select
         (select count(*)::int from user_events where user_id = $1 and event_type = 'cart_created') as carts,
         (select coalesce(jsonb_agg(revisions order by cart_number), '[]') from (
            select (metadata ->> 'cart_number')::int as cart_number, jsonb_agg((metadata ->> 'revision')::int order by (metadata ->> 'revision')::int) as revisions
            from user_events where user_id = $1 and event_type = 'cart_created' group by 1) v) as versions,
         (select coalesce(jsonb_agg((metadata ->> 'cart_number')::int order by (metadata ->> 'cart_number')::int), '[]')
          from user_events where user_id = $1 and event_type = 'cart_created' and metadata ->> 'revision' = '0') as numbers,
         (select carts_created from users where user_id = $1) as created,
         (select coalesce(sum(messages), 0)::int from all_usage where user_id = $1) as usage,
         (select count(*)::int from user_events where user_id = $1 and event_type = 'session_start') as sessions,
         (select count(*)::int from user_events where user_id = $1 and event_type = 'product_search') as searched,
         array(select request_id from user_events where user_id = $1 and event_type = 'bot_error') as errors`,
      [userId],
    )
    if (found === undefined) continue
    const isGapless = (numbers: number[], first: number) => numbers.every((n, i) => n === first + i)
    if (found.carts < carts.size) lost.push(`${who}: ${carts.size} carts shown, ${found.carts} rows`)
    if (found.carts > carts.size) doubled.push(`${who}: ${carts.size} carts shown, ${found.carts} rows`)
    if (!isGapless(found.numbers, 1)) doubled.push(`${who}: cart numbers ${found.numbers}`)
    if (!found.versions.every(revisions => isGapless(revisions, 0)))
      doubled.push(`${who}: revisions ${JSON.stringify(found.versions)}`)
    if (found.created !== found.numbers.length)
      lost.push(`${who}: carts_created ${found.created}, carts ${found.numbers.length}`)
    if (found.usage !== sent.cart) lost.push(`${who}: ${sent.cart} messages sent, ${found.usage} counted`)
    if (sent.cart > 0 && found.sessions !== 1) lost.push(`${who}: ${found.sessions} sessions`)
    if (found.searched < found.carts) lost.push(`${who}: ${found.searched} searches for ${found.carts} carts`)
    for (const code of codes)
      if (!found.errors.includes(code) && !commands.has(code))
        lost.push(`${who}: an apology with ${code}, no bot_error`)
    for (const kind of ['cart', 'me', 'help'] as const) {
      const more = Math.max(0, answered[kind] - sent[kind])
      repeatedAnswers += more
      if (more > kills) doubled.push(`${who}: ${more} answers of kind ${kind} too many`)
    }
  }
  const twice = await sql<{ id: string; event_type: string }>(
    'select id, event_type from user_events group by id, event_type having count(*) > 1',
  )
  for (const { id, event_type } of twice) doubled.push(`${event_type} ${id} stands there twice`)
  lost.push(...(await usageApart(fixture, sql, kills)), ...(await recountDays(sql)))
  const left = fixture.bots.flatMap(({ dataDir }) => undelivered(dataDir, mayStay))
  return { lost, doubled, left, repeatedAnswers }
}

/** How what is stored of model calls and what the log says of them differ. */
async function usageApart(fixture: Fixture, sql: TestDatabase['sql'], kills: number): Promise<string[]> {
  const { all, finished } = usageLines(fixture.bots.map(({ process }) => process))
  const [stored] = await sql<{ calls: number; tokens: number; microRub: number }>(
    `select coalesce(sum(llm_calls), 0)::int as calls, coalesce(sum(tokens), 0)::int as tokens,
       (coalesce(sum(cost_rub), 0) * 1000000)::float8 as "microRub"
     from all_usage`,
  )
  const least = kills > 0 ? finished : all
  return (['calls', 'tokens', 'microRub'] as const).flatMap(what => {
    const value = stored?.[what] ?? 0
    return value < least[what] || value > all[what]
      ? [`${what} of the model: ${value} stored, the log says ${least[what]} to ${all[what]}`]
      : []
  })
}
