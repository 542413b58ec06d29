import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createEventStore } from '../events/event-store.ts'
import type { Fact } from '../events/facts.ts'
import { createAnalytics } from './analytics.ts'
import { campaignMoney, readCampaignsReport } from './campaigns-report.ts'
import type { CampaignRequest } from './numbers.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
const period = { from: '2026-03-05', to: '2026-03-11' }

async function setup() {
  const { db, sql } = await createTestDatabase(now)
  const store = createEventStore({
    db,
    settings: { timeZone, cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
    idHash: id => id.toString(16).padStart(64, '0'),
  })
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  let ids = 0
  const uuid = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
  const base = (userId: number, at: string) => ({ id: uuid(), userId, at: new Date(at), requestId: null })
  const start = (userId: number, campaign: string | null, at = '2026-03-09T09:00:00Z'): Fact => ({
    ...base(userId, at),
    kind: 'start',
    source: 'organic',
    inviter: null,
    campaign,
  })
  const cart = (userId: number, totalSum: number, at = '2026-03-10T09:00:00Z'): Fact => ({
    ...base(userId, at),
    kind: 'cart',
    messageFactId: uuid(),
    totalSum,
    scenario: 'search',
    affiliateTag: null,
    revises: false,
    cart: { lines: [], totalMinor: totalSum * 100, link: 'https://vkusvill.ru/?share_basket=1' },
  })
  const usage = (userId: number, costRub: number): Fact => ({
    ...base(userId, '2026-03-10T09:00:00Z'),
    ...{ kind: 'usage', calls: 1, tokens: 100, costRub },
  })
  const erase = (userId: number): Fact => ({ ...base(userId, '2026-03-11T08:00:00Z'), kind: 'erase' })
  const apply = (...facts: Fact[]) => store.apply({ id: uuid(), facts })
  const save = (request: Partial<CampaignRequest> = {}) =>
    analytics.saveCampaign({ name: 'Лето', slug: 'summer', exact: false, price_rub: null, made_by: 1, ...request })
  const numbers = async (slug = 'summer') => {
    const row = (await analytics.campaigns(period)).find(({ campaign }) => campaign === slug)
    return row && [row.starts, row.new_users, row.first_carts, row.gmv, row.cost_rub]
  }
  return { db, sql, store, analytics, uuid, start, cart, usage, erase, apply, save, numbers }
}

test('a slug that is claimed later has its whole past, also after a rebuild, and the source stays what it was', async () => {
  const { sql, analytics, start, cart, usage, apply, save, numbers } = await setup()
  await apply(start(7, 'summer'), cart(7, 150.5), usage(7, 0.65), start(8, 'summer'), start(9, null), cart(9, 80))
  expect(await analytics.campaigns(period)).toEqual([])

  await save()
  const claimed = await numbers()
  await sql('select rebuild_all($1)', [timeZone])

  expect(claimed).toEqual([2, 2, 1, 150.5, 0.65])
  expect(await numbers()).toEqual(claimed)
  expect((await analytics.sources(period)).map(row => [row.source, row.new_users])).toEqual([['organic', 3]])
  expect(
    await sql("select distinct metadata ->> 'source' as source from user_events where event_type = 'bot_start'"),
  ).toEqual([{ source: 'organic' }])
})

test('the first touch stays: a later link counts a start and no user, an earlier one that arrives late takes over', async () => {
  const { start, cart, apply, save, numbers } = await setup()
  await save()
  await save({ name: 'Осень', slug: 'autumn' })

  await apply(start(7, 'summer', '2026-03-09T09:00:00Z'), start(7, 'autumn', '2026-03-10T08:00:00Z'), cart(7, 100))
  const first = [await numbers(), await numbers('autumn')]
  await apply(start(7, 'autumn', '2026-03-08T09:00:00Z'))

  expect(first).toEqual([
    [1, 1, 1, 100, 0],
    [1, 0, 0, 0, 0],
  ])
  expect([await numbers(), await numbers('autumn')]).toEqual([
    [1, 0, 0, 0, 0],
    [2, 1, 1, 100, 0],
  ])
})

test('a user who wrote before their first /start, or came without a slug, belongs to what the first /start says', async () => {
  const { start, cart, apply, save, numbers } = await setup()
  await save()

  await apply(cart(7, 100, '2026-03-08T09:00:00Z'), start(7, 'summer'), start(8, null), start(8, 'summer'))

  expect(await numbers()).toEqual([2, 1, 1, 100, 0])
})

test('a /start delivered twice, and a batch applied twice, count once', async () => {
  const { store, uuid, start, cart, apply, save, numbers } = await setup()
  await save()
  const facts = [start(7, 'summer'), cart(7, 100)]
  const batch = { id: uuid(), facts }

  await store.apply(batch)
  await store.apply(batch)
  await apply(...facts.slice(0, 1))

  expect(await numbers()).toEqual([1, 1, 1, 100, 0])
})

test('an erased user stays in the totals of a claimed link, leaves no slug, and is no new user afterwards', async () => {
  const { sql, analytics, start, cart, erase, apply, save, numbers } = await setup()
  await save()
  await apply(start(7, 'summer'), cart(7, 100), start(8, 'typed_by_a_user'), start(8, 'summer'))

  await apply(erase(7), erase(8))
  const erased = await numbers()
  await apply(start(7, 'summer', '2026-03-11T08:30:00Z'))
  const back = await numbers()
  await sql('select rebuild_all($1)', [timeZone])

  expect(erased).toEqual([2, 1, 1, 100, 0])
  expect(back).toEqual([3, 1, 1, 100, 0])
  expect(await numbers()).toEqual(back)
  for (const table of ['user_starts', 'users', 'user_firsts', 'user_events'])
    expect(await sql(`select from ${table} where user_id = 8`), table).toEqual([])
  await save({ name: 'Чужое', slug: 'typed_by_a_user' })
  expect(await analytics.campaigns(period)).toContainEqual(
    expect.objectContaining({ campaign: 'typed_by_a_user', starts: 0, total_new_users: 0 }),
  )
})

test('an erased administrator is not named by the links they made', async () => {
  const { sql, start, erase, apply, save } = await setup()
  await apply(start(1, null))
  await save({ made_by: 1 })

  await apply(erase(1))

  expect(await sql('select name, made_by from campaigns')).toEqual([{ name: 'Лето', made_by: null }])
})

test('the same name is the same link, in any case; its price changes when one is given', async () => {
  const { save } = await setup()

  expect(await save({ price_rub: 100 })).toEqual({ outcome: 'made', slug: 'summer', name: 'Лето', price_rub: 100 })
  expect(await save({ name: 'ЛЕТО', slug: 'leto' })).toMatchObject({ outcome: 'same', slug: 'summer', price_rub: 100 })
  expect(await save({ price_rub: 100 })).toMatchObject({ outcome: 'same' })
  expect(await save({ price_rub: 0 })).toMatchObject({ outcome: 'priced', price_rub: 0 })
  expect(await save({ slug: 'winter', exact: true })).toMatchObject({ outcome: 'other_slug', slug: 'summer' })
})

test('two names never share a slug: the next one is numbered, one asked for exactly is refused', async () => {
  const { save } = await setup()
  await save()

  const made = await Promise.all(['Лето 2', 'Лето 3', 'Лето 4'].map(name => save({ name })))

  expect(made.map(({ outcome, slug }) => `${outcome} ${slug}`).sort()).toEqual([
    'made summer-2',
    'made summer-3',
    'made summer-4',
  ])
  expect(await save({ name: 'Другое', exact: true })).toMatchObject({ outcome: 'taken', name: 'Лето' })
})

test('a slug is offered for claiming once three users sent it, and no source, campaign or slug of one user', async () => {
  const { analytics, start, apply, save } = await setup()
  await save()
  await apply(...[7, 8, 9].flatMap(id => [start(id, 'autumn'), start(id, 'summer'), start(id, 'habr')]))
  await apply(start(7, 'autumn'), start(7, 'phone_79161234567'), start(8, 'two'), start(9, 'two'))

  expect(await analytics.unclaimedSlugs()).toEqual([{ slug: 'autumn', users: 3, starts: 4, last_day: '2026-03-09' }])
})

test('a slug of few users goes with the month of its last event, one that is claimed or shared by three stays', async () => {
  const { sql, analytics, start, apply, save } = await setup()
  await save()
  await apply(start(6, 'personal'), start(7, 'summer'), ...[8, 9, 10].map(id => start(id, 'autumn')))
  await analytics.refresh()

  await sql("select delete_old_slugs('2026-03-09')")
  const before = await sql('select count(*)::int as n from user_starts')
  await sql("select delete_old_slugs('2026-03-10')")

  expect(before).toEqual([{ n: 5 }])
  expect(await sql('select user_id::int as id, campaign from users order by 1')).toEqual([
    { id: 6, campaign: null },
    { id: 7, campaign: 'summer' },
    ...[8, 9, 10].map(id => ({ id, campaign: 'autumn' })),
  ])
  expect(await sql('select distinct slug from user_starts order by 1')).toEqual([
    { slug: 'autumn' },
    { slug: 'summer' },
  ])
})

test('a link is compared with its finished days of the period before, and its price is held against all it brought', async () => {
  const { analytics, start, cart, usage, apply, save } = await setup()
  await save({ price_rub: 300 })
  await apply(start(7, 'summer', '2026-02-27T09:00:00Z'), cart(7, 500, '2026-02-28T09:00:00Z'))
  await apply(...Array.from({ length: 30 }, (_, i) => start(100 + i, 'summer')), cart(100, 400), usage(100, 60))

  const { campaigns } = await readCampaignsReport(analytics, period, { affiliatePercent: 10, orderPercent: 100 })

  expect(campaigns).toMatchObject([
    {
      starts: 30,
      previous: { starts: 1, new_users: 1, first_carts: 1, gmv: 500 },
      changes: { starts: { kind: 'up' }, new_users: { kind: 'up' }, first_carts: { kind: 'noise' } },
      price_per_first_cart: 150,
      gmv_per_rub: 2.5,
    },
  ])
})

test('without a price, or without a cart, there is no price of a cart', () => {
  const row = { price_rub: 100, total_first_carts: 0, total_gmv: 0, total_cost_rub: 0 }

  expect(campaignMoney(row, null)).toEqual({ price_per_first_cart: null, gmv_per_rub: 0, payback: null })
  expect(campaignMoney({ ...row, price_rub: null }, 50)).toEqual({
    price_per_first_cart: null,
    gmv_per_rub: null,
    payback: null,
  })
  expect(campaignMoney({ ...row, price_rub: 0 }, 50)).toMatchObject({ gmv_per_rub: null, payback: null })
  expect(campaignMoney(row, 50)).toMatchObject({ payback: 0.5 })
})
