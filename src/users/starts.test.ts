import { expect, test } from 'vitest'
import { cart, minutes, setup } from './testing/users-fixture.ts'

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

test('a message costs one query to load its user and session', async () => {
  const { users, update, register } = await setup()

  await users.message(update(), 7)

  const { values = [] } = (await register.getSingleMetric('bot_db_query_duration_seconds')?.get()) ?? {}
  const calls = values.filter(
    v => 'metricName' in v && v.metricName === 'bot_db_query_duration_seconds_count' && v.value > 0,
  )
  expect(calls).toMatchObject([{ value: 1, labels: { query: 'record_facts' } }])
})
