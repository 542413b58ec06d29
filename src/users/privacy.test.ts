import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { UpstreamError } from '../errors.ts'
import { cart, liked, newDataDir, setup } from './testing/users-fixture.ts'

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

  expect(receipt).toEqual({ events: 3, preferences: 2, shown: [] })
  const tables = await sql<{
    name: string
  }>(`select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where a.attname = 'user_id' and c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace`)
  expect(tables.length).toBeGreaterThanOrEqual(5)
  for (const { name } of tables) expect(await sql(`select * from ${name} where user_id = 1`)).toEqual([])
  expect(await sql(`select * from user_events where metadata ->> 'referrer_id' is not null`)).toEqual([])
  expect(await sql('select * from users where invited_by is not null')).toEqual([])
})

test('erasing names the messages that show a wait which no process ends any more', async () => {
  const { users, update, sql } = await setup()
  const [living, dead] = [randomUUID(), randomUUID()]
  await sql(`insert into inbox_workers (worker, alive_until) values ($1, 'infinity'), ($2, '-infinity')`, [
    living,
    dead,
  ])
  await sql(
    `insert into inbox (user_id, update_id, body, worker, handed, shown_message) values
      (1, 1, '', null, false, 41), (1, 2, '', $1, false, 42), (1, 3, '', $2, true, 43),
      (1, 4, '', $1, true, 44), (1, 5, '', null, false, null), (2, 6, '', null, false, 46)`,
    [living, dead],
  )

  const receipt = await users.erase(update(), 1)

  expect(receipt?.shown.toSorted()).toEqual([41, 42, 43])
  expect(await sql('select update_id::int from inbox')).toEqual([{ update_id: 6 }])
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
