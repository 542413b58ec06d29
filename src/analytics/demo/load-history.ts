import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { experimentDays } from '../experiment.ts'
import type { Calendar } from './calendar.ts'
import { demoCampaigns } from './campaigns.ts'
import type { HistorySettings } from './history-settings.ts'
import { firstSyntheticUser, generateLife, type Life, type LifeEvent } from './life.ts'
import { promptDays, promptOf } from './prompt-days.ts'
import { ratingsOf } from './ratings.ts'

const STAGE_EVENTS = `
create temporary table demo_events (
  id uuid, user_id bigint, event_type text, metadata jsonb, created_at timestamptz, campaign text
) on commit drop`

const COPY_EVENTS = 'copy demo_events (id, user_id, event_type, metadata, created_at, campaign) from stdin'

const COPY_USERS = `
copy users (user_id, registered_at, started_at, source, campaign, invited_by, may_be_invited, carts_created, cart_limit,
  survey_completed_at, last_message_at, bot_blocked_at, messages_in_session, started_before_erasure, synthetic) from stdin`

const COPY_BLOCKS = 'copy bot_blocks (user_id, id, at, blocked) from stdin'

const COPY_USAGE = 'copy user_usage (user_id, day, messages, llm_calls, tokens, cost_rub) from stdin'

const COPY_PROMPTS =
  'copy prompt_usage (user_id, day, prompt_version, sessions, messages, turns, cost_rub, carts) from stdin'

const COPY_RATINGS =
  'copy cart_ratings (user_id, cart_number, revision, rating, reason, prompt_version, rated_at) from stdin'

const STORE_EVENTS = `
insert into user_events (id, user_id, event_type, metadata, created_at, campaign)
select id, user_id, event_type, metadata, created_at, campaign from demo_events
on conflict do nothing`

const STORE_CAMPAIGN = `
insert into campaigns (slug, name, name_key, price_rub, made_at, synthetic) values ($1, $2, $3, $4, $5, true)
on conflict do nothing`

const FIRST_FREE_ID = `
select greatest($1::bigint, max(user_id) + 1)::float8 as id from users where user_id >= $1`

const livesPerCopy = 5_000

export interface LoadOptions extends HistorySettings {
  calendar: Calendar
  /** True for the database of a sandbox, a demonstration as a whole. False by default. */
  sandbox?: boolean
  /** Called once for every life. */
  onLife?: (life: Life) => void
}

/**
 * Replaces the synthetic history in one transaction, by COPY, and counts it if the whole database is a demonstration.
 * Returns true if it was counted. `client` must not have a statement timeout.
 */
export async function loadHistory(
  client: pg.Client,
  { calendar, sandbox = false, onLife, ...settings }: LoadOptions,
): Promise<boolean> {
  await client.query('begin')
  try {
    await client.query('select remove_demo_history($1)', [calendar.timeZone])
    const { rows: free } = await client.query<{ id: number }>(FIRST_FREE_ID, [firstSyntheticUser])
    const firstUser = free[0]?.id ?? firstSyntheticUser
    await client.query('select ensure_event_partitions($1, $2)', [
      new Date(calendar.startOf(0)),
      new Date(calendar.startOf(calendar.length)),
    ])
    for (const { slug, name, price_rub } of demoCampaigns)
      await client.query(STORE_CAMPAIGN, [slug, name, name.toLowerCase(), price_rub, new Date(calendar.startOf(0))])
    await client.query(STAGE_EVENTS)
    const late: string[] = []
    for (let first = 0; first < settings.users; first += livesPerCopy) {
      const count = Math.min(livesPerCopy, settings.users - first)
      const lives = Array.from({ length: count }, (_, i) =>
        generateLife(first + i, { ...settings, calendar, firstUser }),
      )
      for (const life of lives) onLife?.(life)
      await copy(client, COPY_USERS, lives.map(userLine))
      await copy(client, COPY_EVENTS, lines(lives, late))
      await copy(
        client,
        COPY_USAGE,
        lives.flatMap(life => usageLines(life, calendar)),
      )
      await copy(client, COPY_BLOCKS, lives.flatMap(blockLines))
      await copy(
        client,
        COPY_PROMPTS,
        lives.flatMap(life => promptLines(life, calendar)),
      )
      await copy(client, COPY_RATINGS, lives.flatMap(ratingLines))
      await client.query(STORE_EVENTS)
      await client.query('truncate demo_events')
    }
    await copy(client, COPY_EVENTS, late)
    await client.query(STORE_EVENTS)
    await client.query('insert into demo_history (seed, users, days, until, sandbox) values ($1, $2, $3, $4, $5)', [
      settings.seed,
      settings.users,
      calendar.length,
      calendar.to,
      sandbox,
    ])
    const { rows } = await client.query<{ counted: boolean }>('select count_demo_history($1) as counted', [
      calendar.timeZone,
    ])
    await client.query('commit')
    return rows[0]?.counted === true
  } catch (err) {
    await client.query('rollback').catch(() => undefined) // a broken connection has rolled back already
    throw err
  }
}

async function copy(client: pg.Client, statement: string, lines: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(chunks(lines)), client.query(copyFrom(statement)))
}

/** Joins lines into pieces of 500: a write per line would cost more than the line. */
function* chunks(lines: Iterable<string>): Generator<string> {
  let piece: string[] = []
  for (const line of lines) {
    piece.push(line)
    if (piece.length < 500) continue
    yield piece.join('')
    piece = []
  }
  yield piece.join('')
}

/** Lines of the events that arrive in order; those that arrive after all others are added to `late`. */
function* lines(lives: readonly Life[], late: string[]): Generator<string> {
  for (const life of lives) {
    for (const event of life.events) {
      const line = eventLine(life, event)
      if (event.arrival !== 'in order') late.push(line)
      if (event.arrival !== 'late') yield line
    }
  }
}

const time = (at: number | null): string => (at === null ? '\\N' : new Date(at).toISOString())
const fields = (...values: (string | number | null)[]): string => `${values.map(v => v ?? '\\N').join('\t')}\n`

const promptLines = (life: Life, calendar: Calendar): string[] =>
  promptDays(life, calendar)
    .filter(({ day }) => day > calendar.length - experimentDays)
    .map(({ day, sessions, messages, turns, costMicro, carts }) =>
      fields(life.userId, calendar.dayAt(day), promptOf(life), sessions, messages, turns, costMicro / 1e6, carts),
    )

const ratingLines = (life: Life): string[] =>
  ratingsOf(life).map(({ cartNumber, revision, rating, reason, at }) =>
    fields(life.userId, cartNumber, revision, rating, reason, promptOf(life), time(at)),
  )

const eventLine = (life: Life, { id, type, metadata, at, campaign }: LifeEvent): string =>
  fields(id, life.userId, type, JSON.stringify(metadata).replaceAll('\\', '\\\\'), time(at), campaign)

const userLine = (life: Life): string =>
  fields(
    life.userId,
    time(life.registeredAt),
    time(life.startedAt),
    life.source,
    life.campaign,
    life.erasedBefore ? null : life.invitedBy,
    String(life.invitedBy === null && !life.erasedBefore),
    life.carts,
    life.cartLimit,
    time(life.surveyAt),
    time(life.lastMessageAt),
    time(life.blocks.length === 1 ? (life.blocks[0]?.at ?? null) : null),
    life.messagesInSession,
    String(life.erasedBefore),
    'true',
  )

const blockLines = (life: Life): string[] =>
  life.blocks.map(({ id, at, blocked }) => fields(life.userId, id, time(at), String(blocked)))

const usageLines = (life: Life, calendar: Calendar): string[] =>
  [...life.usage].map(([day, { messages, calls, tokens, costMicro }]) =>
    fields(life.userId, calendar.dayAt(day), messages, calls, tokens, (costMicro / 1e6).toFixed(6)),
  )
