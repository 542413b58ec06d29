import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { metricValue } from '../../test/support/metrics.ts'
import { UpstreamError } from '../errors.ts'
import { createCartJournal } from '../events/cart-journal.ts'
import { createEventStore } from '../events/event-store.ts'
import { createRecorder } from '../events/recorder.ts'
import { createSpool } from '../events/spool.ts'
import { silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import type { CartRating } from './cart-rating.ts'
import { createUsers } from './create-users.ts'
import { createUserStore, type UserStore } from './user-store.ts'
import type { NewCart, UpdateRef, UserReadings } from './users.ts'

const noon = new Date('2026-03-10T09:00:00Z') // 12:00 in Moscow
const settings = { timeZone: 'Europe/Moscow', cartLimit: 5, surveyBonus: 5, referralBonus: 3 }

async function setup({ replicas = 1 } = {}) {
  const { db, sql, register } = await createTestDatabase(noon)
  let clock = noon
  const deps = { db, settings, idHash: (id: number) => id.toString(16).padStart(64, '0') }
  const start = (dataDir = newDataDir()) => {
    const recorder = createRecorder({
      store: createEventStore(deps),
      spool: createSpool(dataDir),
      log: silentLog,
      register: createRegistry({ serviceName: 'test', env: 'test' }),
      sleep: async () => undefined,
    })
    const carts = createCartJournal(dataDir, () => clock)
    return createUsers({ store: createUserStore(db, settings.timeZone), recorder, carts, now: () => clock })
  }
  const all = Array.from({ length: replicas }, () => start())
  let updates = 0
  const update = (at = clock): UpdateRef => ({ key: `${++updates}:${at.getTime()}`, at, requestId: `REQ${updates}` })
  const events = (type: string) =>
    sql<{ user_id: string; metadata: Record<string, unknown>; request_id: string }>(
      'select user_id, metadata, request_id from user_events where event_type = $1 order by created_at, user_id',
      [type],
    )
  const [users = never()] = all
  /** A process that cannot write facts: what it answers is what it remembers. */
  const cutOff = (dataDir = newDataDir(), around = (store: UserStore) => store) =>
    createUsers({
      store: around(createUserStore(db, settings.timeZone)),
      recorder: { submit: async () => null, submitDurably: async () => null },
      carts: createCartJournal(dataDir, () => clock),
      now: () => clock,
    })
  return { users, all, start, cutOff, sql, register, update, events, setClock: (at: Date) => (clock = at) }
}
const newDataDir = () => mkdtempSync(join(tmpdir(), 'users-'))
const never = (): never => {
  throw new Error('no replica')
}
const minutes = (n: number) => new Date(noon.getTime() + n * 60_000)
const cart = (ordinal = 1, revises = false): NewCart => ({
  ordinal,
  totalSum: 193,
  scenario: 'search',
  affiliateTag: null,
  revises,
  together: [],
  cart: { lines: [], totalMinor: 19_300, link: 'https://vkusvill.ru/?share_basket=123456789' },
})

const liked: CartRating = {
  cartNumber: 1,
  requestId: '',
  promptVersion: '0123456789ab',
  rating: 'up',
  reason: null,
}

test('the first /start of a new user makes a new user, the second one does not', async () => {
  const { users, update, events } = await setup()

  const first = await users.start(update(), 7, 'habr')
  const second = await users.start(update(minutes(1)), 7, '')

  expect(first).toMatchObject({
    isNewUser: true,
    source: 'habr',
    repeat: false,
    user: { cartLimit: 5, cartsCreated: 0 },
  })
  expect(second).toMatchObject({ isNewUser: false, source: 'organic' })
  expect((await events('bot_start')).map(e => e.metadata)).toEqual([
    { source: 'habr', referrer_id: null, is_new_user: true },
    { source: 'organic', referrer_id: null, is_new_user: false },
  ])
})

test('the source and inviter of the first /start stay, whatever later ones bring', async () => {
  const { users, update, sql } = await setup()
  await users.start(update(), 1, '')
  const { code } = await users.invitation(1)
  await users.start(update(), 7, 'habr')

  for (const payload of ['vc', `ref_${code}`, '']) await users.start(update(minutes(1)), 7, payload)

  expect(await sql('select source, invited_by from users where user_id = 7')).toEqual([
    { source: 'habr', invited_by: null },
  ])
})

test('two concurrent /start from two replicas make one new user', async () => {
  const { all, update, events } = await setup({ replicas: 4 })

  const outcomes = await Promise.all(all.map(users => users.start(update(), 7, '')))

  expect(outcomes.filter(o => o?.isNewUser)).toHaveLength(1)
  expect((await events('bot_start')).filter(e => e.metadata.is_new_user)).toHaveLength(1)
})

test('the same /start delivered twice is one row and says it is a repeat', async () => {
  const { users, update, events } = await setup()
  const same = update()

  await users.start(same, 7, 'vc')
  const again = await users.start(same, 7, 'vc')

  expect(again).toMatchObject({ repeat: true, isNewUser: true, source: 'vc' })
  expect(await events('bot_start')).toHaveLength(1)
})

test('a referral counts for an inviter who exists and is another user, by code and by id', async () => {
  const { users, update, events } = await setup()
  await users.start(update(), 1, '')
  const { code } = await users.invitation(1)

  const byCode = await users.start(update(), 2, `ref_${code}`)
  const byId = await users.start(update(), 3, 'ref_1')
  const outcomes = []
  for (const payload of [
    'ref_',
    'ref_999',
    'ref_unknown',
    'ref_1e9',
    'ref_-1',
    'ref_99999999999999999999',
    "ref_'; drop table users",
    'ref_4',
  ])
    outcomes.push(await users.start(update(), 4, payload))

  expect([byCode, byId]).toMatchObject([
    { source: 'referral', inviterId: 1 },
    { source: 'referral', inviterId: 1 },
  ])
  expect(outcomes.map(o => o?.source)).toEqual(Array(8).fill('organic'))
  expect((await events('bot_start')).filter(e => e.metadata.referrer_id === 1)).toHaveLength(2)
  expect(await users.invitation(1)).toMatchObject({ invited: 2, paid: 0 })
})

test('the inviter is paid once, at the first cart of the friend', async () => {
  const { users, update } = await setup()
  await users.start(update(), 1, '')
  await users.start(update(), 2, 'ref_1')

  const first = await users.cartCreated(update(), 2, cart())
  const second = await users.cartCreated(update(), 2, cart())

  expect(first?.inviterPaid).toEqual({ userId: 1, bonus: 3, cartsLeft: 8 })
  expect(second?.inviterPaid).toBeNull()
  expect(await users.find(1)).toMatchObject({ cartLimit: 8 })
  expect(await users.invitation(1)).toMatchObject({ invited: 1, paid: 1 })
})

test('a session starts after more than 1800 seconds without a message, and 1800 exactly do not', async () => {
  const { users, update, events } = await setup()

  const starts = []
  for (const seconds of [0, 1800, 3601, 3602])
    starts.push((await users.message(update(minutes(seconds / 60)), 7))?.sessionStarted)

  expect(starts).toEqual([true, false, true, false])
  expect((await events('session_start')).map(e => e.metadata)).toEqual([
    { day_number: 0, sessions_today: 1, days_since_last_session: null },
    { day_number: 0, sessions_today: 2, days_since_last_session: 0 },
  ])
})

test('days of a session are Moscow days: 20:59 and 21:01 UTC are different ones', async () => {
  const { users, update, events } = await setup()

  await users.message(update(new Date('2026-03-10T20:20:00Z')), 7)
  await users.message(update(new Date('2026-03-10T20:59:00Z')), 7)
  await users.message(update(new Date('2026-03-10T21:31:00Z')), 7)

  expect((await events('session_start')).map(e => e.metadata)).toEqual([
    { day_number: 0, sessions_today: 1, days_since_last_session: null },
    { day_number: 0, sessions_today: 2, days_since_last_session: 0 },
    { day_number: 1, sessions_today: 1, days_since_last_session: 1 },
  ])
})

test('a message delivered again is known, counted once, and brings the cart it led to', async () => {
  const { users, update, events, sql } = await setup()
  const same = update()
  await users.message(same, 7)
  await users.cartCreated(same, 7, cart())

  const again = await users.message(same, 7)
  await users.done(same, 7)
  const afterReply = await users.message(same, 7)

  expect(again).toMatchObject({ delivery: 'repeat', cart: cart().cart })
  expect(afterReply).toMatchObject({ delivery: 'done' })
  expect(await events('session_start')).toHaveLength(1)
  expect(await sql('select date::text, messages from daily_stats')).toEqual([{ date: '2026-03-10', messages: 1 }])
})

test('without PostgreSQL a message delivered again brings the cart it led to, also to another process, until it was shown', async () => {
  const { cutOff, update } = await setup()
  const same = update()
  const dataDir = newDataDir()
  await cutOff(dataDir).cartCreated(same, 7, cart())

  const next = cutOff(dataDir)
  const again = await next.message(same, 7)
  const pressed = await next.cartOf(same, 7)
  await next.done(same, 7)

  expect(again).toMatchObject({ delivery: 'repeat', cart: cart().cart })
  expect(pressed).toEqual(cart().cart)
  expect(await cutOff(dataDir).message(same, 7)).toBeNull()
})

test('a cart that a kill kept from PostgreSQL is counted when its message is delivered again', async () => {
  const { start, cutOff, update, events } = await setup()
  const same = update()
  const dataDir = newDataDir()
  await cutOff(dataDir).cartCreated(same, 7, cart())

  const again = await start(dataDir).message(same, 7)

  expect(again).toMatchObject({ cart: cart().cart })
  expect(await events('cart_created')).toHaveLength(1)
})

test('a message answered with the cart of another one needs no other answer, with PostgreSQL and without, also after a kill', async () => {
  const { users, start, cutOff, update, events } = await setup()
  const [asked, taken] = [update(), update()]
  for (const one of [asked, taken]) await users.message(one, 7)
  const dataDir = newDataDir()
  await cutOff(dataDir).cartCreated(asked, 7, { ...cart(), together: [taken] })

  const down = await cutOff(dataDir).message(taken, 7)
  const up = await start(dataDir).message(taken, 7)
  const first = await start(dataDir).message(asked, 7)

  expect([down?.delivery, down?.cart]).toEqual(['done', null])
  expect([up?.delivery, up?.cart]).toEqual(['done', null])
  expect(await users.wasDone(taken, 7)).toBe(true)
  expect(first).toMatchObject({ delivery: 'repeat', cart: cart().cart })
  expect(await events('cart_created')).toHaveLength(1)
})

test('a clock that runs ahead and is put right costs no user a session', async () => {
  const { users, update, setClock, sql, events } = await setup()
  const ahead = new Date(Date.now() + 40 * 24 * 3_600_000)
  setClock(ahead)
  await users.start(update(ahead), 7, '')
  await users.message(update(ahead), 7)
  await users.cartCreated(update(ahead), 7, cart())
  await sql(`update users set last_message_at = last_message_at - interval '1 hour'`)

  await users.message(update(new Date()), 7)

  expect(await events('session_start')).toHaveLength(2)
  expect(await sql(`select from user_events where created_at > now() + interval '5 minutes'`)).toEqual([])
  expect(await sql(`select from users where last_message_at > now() + interval '5 minutes'`)).toEqual([])
  expect(await sql(`select from daily_stats where date > (now() at time zone 'Europe/Moscow')::date`)).toEqual([])
})

test.each([
  ['were dropped', `insert into event_horizon (oldest_retained) values (now() - interval '12 months')`],
  ['would be dropped', 'select'],
])('facts of months that were not prepared are stored, those of months that %s are not', async (_, prepare) => {
  const { users, update, sql, events } = await setup()
  const ago = (days: number) => new Date(Date.now() - days * 24 * 3_600_000)
  await sql(prepare)

  await users.start(update(ago(200)), 7, '')
  await users.start(update(ago(380)), 8, '')

  expect((await events('bot_start')).map(({ user_id }) => Number(user_id))).toEqual([7])
})

test('a cart recorded again at another time keeps its number', async () => {
  const { users, update, setClock, events } = await setup()
  const same = update()
  await users.cartCreated(same, 7, cart())
  setClock(minutes(3))

  const again = await users.cartCreated(same, 7, cart())

  expect(again).toMatchObject({ cartNumber: 1, repeat: true })
  expect(await events('cart_created')).toHaveLength(1)
})

test('whatever carts and corrections are made concurrently, numbers and revisions have no gaps and the counter equals the carts', async () => {
  const carts = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.boolean()), {
    minLength: 1,
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(carts, async made => {
      const { all, update, sql } = await setup({ replicas: 4 })

      await Promise.all(
        made.map(([replica, userId, revises]) => all[replica]?.cartCreated(update(), userId, cart(1, revises))),
      )

      const rows = await sql<{ carts_created: number; carts: number[][] }>(`
        select u.carts_created, jsonb_agg(v.revisions order by v.cart_number) as carts
        from users u join (
          select user_id, metadata -> 'cart_number' as cart_number, jsonb_agg(metadata -> 'revision' order by metadata -> 'revision') as revisions
          from user_events where event_type = 'cart_created' group by 1, 2) v on v.user_id = u.user_id
        group by u.user_id`)
      expect(rows.flatMap(row => row.carts.flat())).toHaveLength(made.length)
      for (const row of rows) expect(row.carts).toHaveLength(row.carts_created)
      for (const revisions of rows.flatMap(row => row.carts)) expect(revisions).toEqual(revisions.map((_, i) => i))
    }),
    { numRuns: 8 },
  )
})

test('a correction keeps the number of the last cart, which is its latest version, and leaves the allowance as it was', async () => {
  const { users, update, setClock } = await setup()
  const made = await users.cartCreated(update(), 7, cart())
  setClock(minutes(30))
  const corrected = { ...cart(1, true), cart: { ...cart().cart, totalMinor: 21_000 } }

  const first = await users.cartCreated(update(), 7, corrected)
  const inSameUpdate = await users.cartCreated(update(), 7, { ...corrected, ordinal: 2 })
  setClock(minutes(61))

  expect(made).toMatchObject({ cartNumber: 1, revision: 0, cartsCreated: 1, cartLimit: 5 })
  expect(first).toMatchObject({ cartNumber: 1, revision: 1, cartsCreated: 1, cartLimit: 5 })
  expect(inSameUpdate).toMatchObject({ cartNumber: 1, revision: 2 })
  expect(await users.lastCart(7)).toEqual({ ...corrected.cart, cartNumber: 1, revision: 2, madeAt: minutes(30) })
  expect(await users.allowance(7)).toMatchObject({ cartsCreated: 1 })
  expect(await users.cartCreated(update(), 7, corrected)).toMatchObject({ cartNumber: 2, revision: 0, cartsCreated: 2 })
})

describe('a rating', () => {
  const rows = 'select cart_number, revision, rating, reason, prompt_version, request_id from cart_ratings'

  test('is one a cart: the latest, of the version that the request made', async () => {
    const { users, update, sql } = await setup()
    const [first, second] = [update(), update()]
    await users.cartCreated(first, 7, cart())
    await users.cartCreated(second, 7, cart(1, true))

    const outcomes = [
      await users.rateCart(7, { ...liked, requestId: first.requestId }),
      await users.rateCart(7, { ...liked, requestId: second.requestId, rating: 'down' }),
      await users.rateCart(7, { ...liked, requestId: second.requestId, rating: 'down', reason: 'expensive' }),
      await users.rateCart(7, { ...liked, requestId: second.requestId, rating: 'down' }),
      await users.rateCart(7, { ...liked, requestId: second.requestId, rating: 'down', reason: 'expensive' }),
    ]
    const disliked = await sql(rows)
    await users.rateCart(7, { ...liked, requestId: second.requestId })

    expect(outcomes).toEqual(['rated', 'rated', 'rated', 'same', 'same'])
    const version = { cart_number: 1, revision: 1, prompt_version: '0123456789ab', request_id: second.requestId }
    expect(disliked).toEqual([{ ...version, rating: 'down', reason: 'expensive' }])
    expect(await sql(rows)).toEqual([{ ...version, rating: 'up', reason: null }])
  })

  test('counts once, also of those given at the same time', async () => {
    const { users, update, sql } = await setup()
    const { requestId } = update()
    await users.cartCreated({ ...update(), requestId }, 7, cart())

    await Promise.all(
      (['up', 'down', 'up', 'down'] as const).map(rating => users.rateCart(7, { ...liked, requestId, rating })),
    )

    expect(await sql('select rating, carts::int from analytics.cart_ratings($1, $1)', ['2026-03-10'])).toEqual(
      await sql('select rating, 1 as carts from cart_ratings'),
    )
  })

  test('of a cart of another user, another number, or none at all is not stored', async () => {
    const { users, update, sql } = await setup()
    const { requestId } = update()
    const made = update()
    await users.cartCreated(made, 7, cart())

    const outcomes = [
      await users.rateCart(8, { ...liked, requestId: made.requestId }),
      await users.rateCart(7, { ...liked, requestId: made.requestId, cartNumber: 2 }),
      await users.rateCart(7, { ...liked, requestId }),
    ]

    expect(outcomes).toEqual(['unknown_cart', 'unknown_cart', 'unknown_cart'])
    expect(await sql(rows)).toEqual([])
  })

  test.each(["'sideways', null", "'down', 'because'", "'up', 'expensive'"])('is never %s', async values => {
    const { sql } = await setup()

    await expect(
      sql(
        `insert into cart_ratings (user_id, cart_number, revision, rating, reason, rated_at) values (7, 1, 0, ${values}, now())`,
      ),
    ).rejects.toThrow('violates check constraint')
  })
})

test('while PostgreSQL is down a correction is assumed to take no cart of the allowance', async () => {
  const { cutOff, start, update } = await setup()
  const dataDir = newDataDir()
  const users = cutOff(dataDir)
  await start().message(update(), 7)
  await users.find(7)

  await users.cartCreated(update(), 7, cart())
  await users.cartCreated(update(), 7, cart(1, true))

  expect((await users.message(update(), 7))?.user.cartsCreated).toBe(1)
})

describe('while a process cannot store facts, and another has stored a consent since it saw the user', () => {
  const seenBefore = async () => {
    const { users: other, cutOff, update } = await setup()
    let isReadable = true
    const process = cutOff(newDataDir(), store => ({
      ...store,
      find: (userId, now) => {
        if (isReadable) return store.find(userId, now)
        return Promise.reject(new UpstreamError('postgres', null, 'unreachable', true))
      },
    }))
    await other.start(update(), 7, '')
    await process.find(7)
    return { other, process, update, cutReading: () => (isReadable = false) }
  }

  test('the user is the one PostgreSQL knows', async () => {
    const { other, process, update } = await seenBefore()
    await other.consent(update(), 7, 'v1')

    expect((await process.message(update(), 7))?.user.consentVersion).toBe('v1')
  })

  test('that none is remembered says nothing when PostgreSQL cannot be asked either', async () => {
    const { other, process, update, cutReading } = await seenBefore()
    await other.consent(update(), 7, 'v1')
    cutReading()

    expect(await process.message(update(), 7)).toBeNull()
  })

  test('what the user answered this process counts more than what PostgreSQL does not have yet', async () => {
    const { process, update } = await seenBefore()

    await process.consent(update(), 7, 'v1')
    await process.find(7)
    const agreed = await process.message(update(), 7)
    await process.consent(update(), 7, null)
    const withdrawn = await process.message(update(), 7)

    expect([agreed?.user.consentVersion, withdrawn?.user.consentVersion]).toEqual(['v1', null])
  })

  test('a withdrawal heard by this process is known without PostgreSQL', async () => {
    const { process, update, cutReading } = await seenBefore()
    cutReading()

    await process.consent(update(), 7, null)

    expect((await process.message(update(), 7))?.user.consentVersion).toBeNull()
  })
})

test('cart_created says what the cart was, and null for an unknown sum', async () => {
  const { users, update, events } = await setup()
  await users.message(update(), 7)
  await users.message(update(minutes(1)), 7)

  await users.cartCreated(update(minutes(1)), 7, { ...cart(), totalSum: null, scenario: 'recipe' })

  expect((await events('cart_created')).map(e => e.metadata)).toEqual([
    {
      cart_number: 1,
      items_count: 0,
      total_sum: null,
      scenario: 'recipe',
      messages_in_session: 2,
      affiliate_tag: null,
      revision: 0,
    },
  ])
})

test('the survey pays its bonus once, also when asked twice', async () => {
  const { all, update, events } = await setup({ replicas: 3 })
  const answers = { pmf: 'very', usefulFeature: 'recipe', feedback: null } as const
  await all[0]?.cartCreated(update(), 7, cart())

  const outcomes = await Promise.all(all.map(users => users.completeSurvey(update(), 7, answers)))

  expect(outcomes.filter(o => o?.completed)).toMatchObject([{ bonus: 5, cartLimit: 10 }])
  expect((await events('survey_completed')).map(e => e.metadata)).toEqual([
    { pmf: 'very', useful_feature: 'recipe', feedback: null, carts_before_survey: 1, days_since_registration: 0 },
  ])
})

test('before the first cart the survey pays nothing, and is open after it', async () => {
  const { users, update, events } = await setup()
  const answers = { pmf: 'very', usefulFeature: 'recipe', feedback: '🥕'.repeat(501) } as const
  await users.start(update(), 7, '')

  const early = await users.completeSurvey(update(), 7, answers)
  await users.cartCreated(update(), 7, cart())
  const later = await users.completeSurvey(update(), 7, answers)

  expect(early).toMatchObject({ completed: false, needsCart: true, bonus: 0, cartLimit: 5 })
  expect(later).toMatchObject({ completed: true, bonus: 5, cartLimit: 10 })
  expect((await events('survey_completed')).map(e => e.metadata.feedback)).toEqual(['🥕'.repeat(500)])
})

test('the last cart is offered for 24 hours', async () => {
  const { users, update, setClock } = await setup()
  await users.cartCreated(update(), 7, cart())
  const after = async (ms: number) => {
    setClock(new Date(noon.getTime() + ms))
    return users.lastCart(7)
  }

  expect(await after(24 * 3_600_000 - 1)).toMatchObject(cart().cart)
  expect(await after(24 * 3_600_000)).toBeNull()
})

test('allowance ends at the limit', async () => {
  const { users, update } = await setup()
  for (let i = 0; i < 5; i++) await users.cartCreated(update(), 7, cart())

  expect(await users.allowance(7)).toMatchObject({ allowed: false, cartsCreated: 5, cartLimit: 5 })
  expect(await users.allowance(8)).toMatchObject({ allowed: true })
})

test('erasing removes the user from every table and from the rows of others', async () => {
  const { users, update, sql } = await setup()
  await users.start(update(), 1, '')
  await users.invitation(1)
  await users.start(update(), 2, 'ref_1')
  await users.message(update(), 1)
  await users.setPreference(1, { category: 'Молоко', preference: 'без лактозы' })
  await users.addRestriction(1, { kind: 'allergy', value: 'Орехи' })
  const ref = update()
  await users.cartCreated(ref, 1, cart())
  await users.rateCart(1, { ...liked, requestId: ref.requestId })
  await sql('select queue_want_reminder(1)')

  const receipt = await users.erase(update(), 1)

  expect(receipt).toEqual({ events: 3, preferences: 2 })
  const tables = await sql<{
    name: string
  }>(`select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where a.attname = 'user_id' and c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace`)
  expect(tables.length).toBeGreaterThanOrEqual(5)
  for (const { name } of tables) expect(await sql(`select * from ${name} where user_id = 1`)).toEqual([])
  expect(await sql(`select * from user_events where metadata ->> 'referrer_id' is not null`)).toEqual([])
  expect(await sql('select * from users where invited_by is not null')).toEqual([])
})

test('erasing oneself renews neither allowance, survey bonus nor invitation, and lifts no block', async () => {
  const { users, update, sql } = await setup()
  await users.start(update(), 1, '')
  await users.start(update(), 2, 'ref_1')
  for (let i = 0; i < 4; i++) await users.cartCreated(update(), 2, cart())
  await users.completeSurvey(update(), 2, { pmf: 'not', usefulFeature: 'other', feedback: null })
  await sql(`update users set blocked_at = now(), block_reason = 'spam' where user_id = 2`)

  await users.erase(update(), 2)
  const back = await users.start(update(), 2, 'ref_1')

  expect(back).toMatchObject({
    isNewUser: false,
    inviterId: null,
    user: { cartsCreated: 0, cartLimit: 6, surveyCompleted: true, blocked: { reason: 'spam' } },
  })
  expect((await users.cartCreated(update(), 2, cart()))?.inviterPaid).toBeNull()
})

test('who erased themselves is not new again, and pays no inviter whose link they follow, invited before or not', async () => {
  const { users, update, events } = await setup()
  await users.start(update(), 1, '')
  await users.start(update(), 2, '')
  for (let i = 0; i < 2; i++) await users.cartCreated(update(), 2, cart())
  await users.message(update(), 3)
  for (const id of [2, 3]) await users.erase(update(), id)

  const back = await users.start(update(), 2, 'ref_1')
  const firstStart = await users.start(update(), 3, 'ref_1')
  const paid = [await users.cartCreated(update(), 2, cart()), await users.cartCreated(update(), 3, cart())]
  await users.erase(update(), 2)
  await users.message(update(), 2)
  await users.erase(update(), 2)
  const again = await users.start(update(), 2, '')

  expect(back).toMatchObject({ isNewUser: false, inviterId: null, source: 'referral', user: { cartLimit: 3 } })
  expect(firstStart).toMatchObject({ isNewUser: true, inviterId: null })
  expect(paid.map(outcome => outcome?.inviterPaid)).toEqual([null, null])
  expect(again).toMatchObject({ isNewUser: false, user: { cartLimit: 2 } })
  expect((await events('bot_start')).filter(e => e.metadata.is_new_user)).toHaveLength(2) // of 1 and 3
})

test('the roubles of a day are what model calls of that day have cost, for a user and for all', async () => {
  const { users, sql } = await setup()
  await sql('insert into user_usage (user_id, day, cost_rub) values (7, $1, 1.234567), (7, $2, 50), (8, $1, 9)', [
    noon,
    new Date(noon.getTime() - 24 * 3_600_000),
  ])

  await sql('insert into daily_stats (date, tokens_cost_rub) values ($1, 10.234567), ($2, 50)', [
    noon,
    new Date(noon.getTime() - 24 * 3_600_000),
  ])

  const spent = await Promise.all([7, 9, null].map(userId => users.readings(userId).spentOnDay()))

  expect(spent).toEqual([1.234567, 0, 0].map(userRub => ({ userRub, dayRub: 10.234567 })))
})

test('what an answer needs of its user is read with one statement, and again once it is out of date', async () => {
  const { users, update, register } = await setup()
  await users.start(update(), 7, '')
  await users.addRestriction(7, { kind: 'diet', value: 'веган' })
  for (const value of ['орехи', 'мёд']) await users.addRestriction(7, { kind: 'allergy', value })
  await users.setPreference(7, { category: 'чай', preference: 'чёрный' })
  await users.setPreference(7, { category: 'хлеб', preference: 'ржаной' })
  await users.cartCreated(update(), 7, cart())
  const all = async (readings: UserReadings) => [
    await readings.preferences(),
    await readings.restrictions(),
    await readings.lastCart(),
  ]

  const readings = users.readings(7)
  await readings.spentOnDay()
  expect(await all(readings)).toEqual([
    await users.preferences(7),
    await users.restrictions(7),
    await users.lastCart(7),
  ])
  const query = { query: 'load_readings' }
  expect(await metricValue(register, 'bot_db_query_duration_seconds_count', query)).toBe(1)

  await users.deletePreference(7, 'чай')
  expect(await readings.preferences()).toHaveLength(2)
  readings.forget()
  expect(await readings.preferences()).toHaveLength(1)
  expect(await all(users.readings(8))).toEqual([[], [], null])
})

test('restrictions are lower-cased, each stored once, at most fifty, and removed by kind and value', async () => {
  const { users, update } = await setup()
  await users.start(update(), 7, '')
  for (let i = 0; i < 49; i++) await users.addRestriction(7, { kind: 'dislike', value: `Слово ${i}` })
  await users.addRestriction(7, { kind: 'allergy', value: ' Орехи ' })

  const again = await users.addRestriction(7, { kind: 'allergy', value: 'орехи' })
  const fiftyFirst = await users.addRestriction(7, { kind: 'diet', value: 'веган' })
  const removed = await users.removeRestriction(7, { kind: 'allergy', value: 'ОРЕХИ' })

  expect([again, fiftyFirst, removed]).toEqual(['saved', 'full', true])
  expect(await users.restrictions(7)).toHaveLength(49)
  expect(await users.removeRestriction(7, { kind: 'allergy', value: 'орехи' })).toBe(false)
})

test('preferences are one a category, lower-cased, and at most fifty', async () => {
  const { users } = await setup()
  for (let i = 0; i < 50; i++) await users.setPreference(7, { category: `Категория ${i}`, preference: 'да' })

  const fiftyFirst = await users.setPreference(7, { category: 'ещё одна', preference: 'да' })
  const known = await users.setPreference(7, { category: 'категория 3', preference: 'НЕТ' })

  expect([fiftyFirst, known]).toEqual(['full', 'saved'])
  expect(await users.preferences(7)).toHaveLength(50)
  expect((await users.preferences(7)).find(p => p.category === 'категория 3')).toEqual({
    category: 'категория 3',
    preference: 'нет',
  })
  expect(await users.deletePreference(7, ' Категория 3')).toBe(true)
})

test('the survey step reached is there after a restart', async () => {
  const { users, all, update } = await setup({ replicas: 2 })
  await users.start(update(), 7, '')

  await users.saveSurvey(7, { pmf: 'somewhat', usefulFeature: null, askedAt: noon.toISOString() })

  expect((await all[1]?.message(update(), 7))?.user.survey).toEqual({
    pmf: 'somewhat',
    usefulFeature: null,
    askedAt: noon.toISOString(),
  })
})

test('a block shows its reason and ends with unblocking, in every process', async () => {
  const { users, all, update } = await setup({ replicas: 2 })
  await users.start(update(), 7, '')

  const blocked = await users.block(7, 'спам')
  const other = await all[1]?.message(update(), 7)
  const unblocked = await users.unblock(7)

  expect([blocked, unblocked]).toEqual([true, true])
  expect(other?.user.blocked).toEqual({ reason: 'спам' })
  expect((await all[1]?.message(update(), 7))?.user.blocked).toBeNull()
})

test('carts granted are added to the limit, and nothing is taken from what was made', async () => {
  const { users, update, sql } = await setup()
  await users.start(update(), 7, '')
  for (let i = 0; i < 5; i++) await users.cartCreated(update(), 7, cart())

  const limit = await users.grantCarts(7, 3)

  expect(limit).toBe(8)
  expect(await users.allowance(7)).toMatchObject({ allowed: true, cartsCreated: 5, cartLimit: 8 })
  expect(await sql('select carts_created, cart_limit from users')).toEqual([{ carts_created: 5, cart_limit: 8 }])
})

test('a reset gives the carts of a new user again: the counter still equals the rows, the limit moves', async () => {
  const { users, update, events } = await setup()
  await users.start(update(), 7, '')
  for (let i = 0; i < 4; i++) await users.cartCreated(update(), 7, cart())

  const left = await users.resetCarts(7, 5)
  const next = await users.cartCreated(update(), 7, cart())

  expect(left).toBe(5)
  expect(next).toMatchObject({ cartNumber: 5, cartLimit: 9 })
  expect(await events('cart_created')).toHaveLength(5)
})

test('a reset takes nothing from who has more left, and twice is once', async () => {
  const { users, update } = await setup()
  await users.start(update(), 7, '')
  await users.grantCarts(7, 20)
  await users.start(update(), 8, '')
  await users.cartCreated(update(), 8, cart())

  const left = [await users.resetCarts(7, 5), await users.resetCarts(8, 5), await users.resetCarts(8, 5)]

  expect(left).toEqual([25, 5, 5])
})

test('what an operator changes is remembered while PostgreSQL takes no facts', async () => {
  const { users, cutOff, update } = await setup()
  await users.start(update(), 7, '')
  const process = cutOff()
  await process.find(7)

  await process.block(7, null)
  await process.grantCarts(7, 2)
  const afterBlock = await process.message(update(), 7)
  await process.unblock(7)
  await process.resetCarts(7, 30)
  const afterReset = await process.message(update(), 7)

  expect(afterBlock?.user).toMatchObject({ blocked: { reason: null }, cartLimit: 7 })
  expect(afterReset?.user).toMatchObject({ blocked: null, cartLimit: 30 })
})

test('no user is created by an operator: an unknown user stays unknown', async () => {
  const { users, sql } = await setup()

  const answers = [
    await users.block(404, 'спам'),
    await users.unblock(404),
    await users.grantCarts(404, 1),
    await users.resetCarts(404, 5),
  ]

  expect(answers).toEqual([false, false, null, null])
  expect(await sql('select from users')).toEqual([])
})

test('a message costs one query to load its user and session', async () => {
  const { users, update, register } = await setup()

  await users.message(update(), 7)

  const { values = [] } = (await register.getSingleMetric('bot_db_query_duration_seconds')?.get()) ?? {}
  const calls = values.filter(
    v => 'metricName' in v && v.metricName === 'bot_db_query_duration_seconds_count' && v.value > 0,
  )
  expect(calls).toMatchObject([{ value: 1, labels: { query: 'record_facts' } }])
})

test('a cart of names that no text can hold is stored, each broken character as one', async () => {
  const { users, update, events } = await setup()
  await users.start(update(), 7, '')
  const product = { id: 1, xmlId: 1, name: 'Сыр \0\uD800 \\ud800 🥛', unit: 'шт', price: null }
  const line = {
    product: { ...product, weightGrams: null, rating: null, url: null },
    q: 1,
    priceMinor: null,
    sumMinor: null,
  }

  const outcome = await users.cartCreated(update(), 7, { ...cart(), cart: { ...cart().cart, lines: [line] } })

  expect(outcome).toMatchObject({ cartNumber: 1 })
  expect(await events('cart_created')).toHaveLength(1)
  expect((await users.lastCart(7))?.lines[0]?.product.name).toBe('Сыр \uFFFD\uFFFD \\ud800 🥛')
})

test('a message that a kill left answered, with its cart still in the journal, leaves nothing there when it comes again', async () => {
  const { users, start, cutOff, update } = await setup()
  const dataDir = newDataDir()
  const inJournal = () => readFileSync(join(dataDir, 'spool', 'carts', 'carts.ndjson'), 'utf8')
  const same = update()
  await users.start(update(), 7, '')
  await users.message(same, 7)
  await cutOff(dataDir).cartCreated(same, 7, cart())
  await users.done(same, 7)
  expect(inJournal()).toContain('share_basket')

  expect(await start(dataDir).wasDone(same, 7)).toBe(true)

  expect(inJournal()).toBe('')
})
