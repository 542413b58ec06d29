import { describe, expect, test } from 'vitest'
import { cart, liked, noon, setup } from './testing/users-fixture.ts'

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
