import { bigintArray, jsonbArray, textArray, timestampArray } from '../db/array-parameter.ts'
import { isMissingPartition, mayConcernOneStatement } from '../db/database-error.ts'
import type { Db } from '../db/db.ts'
import { UpstreamError } from '../errors.ts'
import type { EventFact, Fact, OutcomeOf } from './facts.ts'

/** Facts stored together; applying the same batch again changes nothing. */
export interface Batch {
  id: string
  facts: readonly Fact[]
}

/**
 * Applies facts to PostgreSQL. Rejects with an AppError: `retryable` says whether the same batch may pass later. A batch
 * that fails with an error that may concern one statement was not applied by an earlier attempt either, and may be split.
 */
export interface EventStore {
  /** One outcome a fact, in order; null for kinds without one, and for all when the batch had been applied before. */
  apply(batch: Batch): Promise<(OutcomeOf[Fact['kind']] | null)[]>
  /** Creates the monthly partitions from one month before `at` to three months ahead; returns the names of new ones. */
  ensurePartitions(at: Date): Promise<string[]>
  /** Deletes the ids of batches applied more than 7 days ago. */
  pruneBatches(): Promise<void>
}

interface StoreSettings {
  timeZone: string
  cartLimit: number
  surveyBonus: number
  referralBonus: number
}

export interface EventStoreDeps {
  db: Db
  settings: StoreSettings
  /** Keyed hash of a user id, hex: what stays of an erased user. */
  idHash: (userId: number) => string
}

const RECORD_FACTS = 'select record_facts($1, $2, $3, $4) as outcomes'
const RECORD_EVENTS = 'select record_events($1, $2, $3, $4, $5, $6, $7, $8) as is_stored'
const FIND_BATCH = 'select from applied_batches where batch_id = $1'
const ENSURE_PARTITIONS = 'select ensure_event_partitions($1, $2) as name'

// by the clock of the server, which is the one that dates events; what is older than the 12 months kept would only bring back
// a month that was dropped
const ENSURE_MONTHS = `
select ensure_event_partitions(t, t) as name
from (select now() as t union select t from unnest($1::timestamptz[]) as t where t between now() - interval '12 months' and now()) as times`

const PRUNE_BATCHES = `delete from applied_batches where applied_at < now() - interval '7 days'`

const monthMs = 31 * 24 * 3600 * 1000

export function createEventStore({ db, settings, idHash }: EventStoreDeps): EventStore {
  const sqlSettings = JSON.stringify({
    tz: settings.timeZone,
    cart_limit: settings.cartLimit,
    survey_bonus: settings.surveyBonus,
    referral_bonus: settings.referralBonus,
  })

  const encode = ({ kind, userId, at, requestId, ...rest }: Exclude<Fact, EventFact>, ordinal: number) => ({
    ...rest,
    o: ordinal,
    k: kind,
    u: userId,
    at,
    r: requestId,
    ...(kind === 'usage' || kind === 'done' ? {} : { h: idHash(userId) }),
  })
  const encodeEvent = (fact: EventFact, ordinal: number) => ({
    o: ordinal,
    id: fact.id,
    u: fact.userId,
    t: fact.eventType,
    m: fact.metadata,
    at: fact.at,
    r: fact.requestId,
    ...(fact.maybeRepeat ? { again: true } : {}),
  })

  /** The short way of a batch of new events. False: nothing was stored. */
  const storeEvents = async (batchId: string, events: readonly EventFact[]): Promise<boolean> => {
    const [row] = await db.query<{ is_stored: boolean }>('record_events', RECORD_EVENTS, [
      batchId,
      textArray(events.map(({ id }) => id)),
      bigintArray(events.map(({ userId }) => userId)),
      textArray(events.map(({ eventType }) => eventType)),
      jsonbArray(events.map(({ metadata }) => jsonText(metadata))),
      timestampArray(events.map(({ at }) => at)),
      textArray(events.map(({ requestId }) => requestId && storable(requestId))),
      settings.timeZone,
    ])
    return row?.is_stored === true
  }
  const apply = async ({ id, facts }: Batch): Promise<(OutcomeOf[Fact['kind']] | null)[]> => {
    if (facts.every(isNewEvent) && (await storeEvents(id, facts))) return facts.map(() => ({ stored: true }))
    const states = facts.flatMap((fact, ordinal) => (fact.kind === 'event' ? [] : [encode(fact, ordinal)]))
    const events = facts.flatMap((fact, ordinal) => (fact.kind === 'event' ? [encodeEvent(fact, ordinal)] : []))
    const [row] = await db.query<{ outcomes: { o: number; outcome: OutcomeOf[Fact['kind']] }[] | null }>(
      'record_facts',
      RECORD_FACTS,
      [id, jsonText(states), jsonText(events), sqlSettings],
    )
    const outcomes = new Map((row?.outcomes ?? []).map(({ o, outcome }) => [o, outcome]))
    const isRepeat = row?.outcomes === null
    return facts.map(({ kind }, ordinal) => {
      return outcomes.get(ordinal) ?? (kind === 'event' && !isRepeat ? { stored: true } : null)
    })
  }
  /** An error is the answer to this attempt; an earlier one without an answer may have been committed. */
  const wasApplied = async ({ id }: Batch): Promise<boolean> => {
    const found = await db.query('find_batch', FIND_BATCH, [id]).catch(err => {
      throw new UpstreamError('postgres', null, 'applied_batches could not be read', true, err)
    })
    return found.length > 0
  }
  const ensure = (from: Date, to: Date) =>
    db.query<{ name: string }>('ensure_partitions', ENSURE_PARTITIONS, [from, to])
  /** Creates partitions for facts of other months, after a long outage or with a wrong clock. */
  const ensureMonthsOf = async ({ facts }: Batch) => {
    await db.query('ensure_partitions', ENSURE_MONTHS, [facts.map(({ at }) => at)]).catch(err => {
      throw new UpstreamError('postgres', null, 'a month of user_events could not be created', true, err)
    })
  }

  return {
    apply: async batch => {
      try {
        return await apply(batch).catch(async err => {
          if (!isMissingPartition(err)) throw err
          await ensureMonthsOf(batch)
          return apply(batch)
        })
      } catch (err) {
        if (!mayConcernOneStatement(err) || !(await wasApplied(batch))) throw err
        return batch.facts.map(() => null)
      }
    },
    ensurePartitions: async at => {
      const created = await ensure(new Date(at.getTime() - monthMs), new Date(at.getTime() + 3 * monthMs))
      return created.map(row => row.name)
    },
    pruneBatches: async () => {
      await db.query('prune_batches', PRUNE_BATCHES)
    },
  }
}

const isNewEvent = (fact: Fact): fact is EventFact => fact.kind === 'event' && !fact.maybeRepeat

/** Text without what PostgreSQL cannot store. */
const storable = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\0', '\uFFFD')

/** JSON that `jsonb` takes: it refuses the whole batch for a NUL or half a surrogate pair in any name the shop made up. */
function jsonText(value: unknown): string {
  const json = JSON.stringify(value)
  if (!/\\u(?:0000|d[89a-f])/.test(json)) return json
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? storable(part) : part))
}
