import { expect, test } from 'vitest'
import { compareVersions, leastForVerdict } from './experiment.ts'
import type { PromptRow } from './numbers.ts'
import { normalQuantile, wilsonInterval } from './wilson.ts'

const period = { from: '2026-03-01', to: '2026-03-10' }

interface UserSums {
  sessions: number
  messages: number
  turns: number
  cost: number
  carts: number
}
const usual: UserSums = { sessions: 2, messages: 4, turns: 12, cost: 6, carts: 1 }

/** The row of a version whose users did that. */
function rowOf(prompt_version: string, users: UserSums[], given: Partial<PromptRow> = {}): PromptRow {
  const sum = (of: (user: UserSums) => number) => users.reduce((total, user) => total + of(user), 0)
  return {
    prompt_version,
    first_day: period.from,
    last_day: period.to,
    users: users.length,
    sessions: sum(u => u.sessions),
    messages: sum(u => u.messages),
    turns: sum(u => u.turns),
    cost_rub: sum(u => u.cost),
    carts: sum(u => u.carts),
    rated: 0,
    up: 0,
    sessions_squared: sum(u => u.sessions ** 2),
    carts_squared: sum(u => u.carts ** 2),
    carts_sessions: sum(u => u.carts * u.sessions),
    cost_squared: sum(u => u.cost ** 2),
    cost_carts: sum(u => u.cost * u.carts),
    messages_squared: sum(u => u.messages ** 2),
    turns_squared: sum(u => u.turns ** 2),
    turns_messages: sum(u => u.turns * u.messages),
    ...given,
  }
}
const users = (n: number, of: (i: number) => Partial<UserSums> = () => ({})) =>
  Array.from({ length: n }, (_, i) => ({ ...usual, ...of(i) }))
const compare = (...rows: PromptRow[]) => compareVersions(async () => rows, period, period.from)

test('a ratio has the interval of the spread between users, not between sessions', async () => {
  const alike = users(40, i => ({ carts: i % 2 === 0 ? 2 : 0, sessions: 2 }))

  const { versions } = await compare(rowOf('base', alike))

  const { value, low, high } = versions[0]?.metrics.carts_per_session ?? { value: 0, low: 0, high: 0 }
  // 40 users with 0 or 1 cart a session: standard error of a mean of a fair coin
  const half = 1.96 * Math.sqrt(0.25 / 39)
  expect([value, low, high]).toEqual([0.5, expect.closeTo(0.5 - half, 4), expect.closeTo(0.5 + half, 4)])
})

test('versions that do the same have no verdict, those that differ clearly have one in the right direction', async () => {
  const base = rowOf(
    'base',
    users(200, i => ({ carts: i % 3, cost: 6 + (i % 5), turns: 12 + (i % 4) })),
    { rated: 100, up: 60 },
  )
  const same = rowOf(
    'same',
    users(190, i => ({ carts: i % 3, cost: 6 + (i % 5), turns: 12 + (i % 4) })),
    { rated: 90, up: 55 },
  )
  const other = rowOf(
    'other',
    users(180, i => ({ carts: 2 + (i % 3), cost: 6 + (i % 5), turns: 20 + (i % 4) })),
    {
      rated: 100,
      up: 90,
    },
  )

  const { versions } = await compare(base, same, other)

  expect(versions.map(({ verdicts }) => verdicts)).toEqual([
    null,
    { carts_per_session: 'unclear', up_share: 'unclear', rub_per_cart: 'unclear', turns_per_message: 'unclear' },
    { carts_per_session: 'better', up_share: 'better', rub_per_cart: 'better', turns_per_message: 'worse' },
  ])
})

test('with fewer users or things than the least nothing is concluded, however far apart they are', async () => {
  const base = rowOf('base', users(200), { rated: 200, up: 20 })
  const few = rowOf(
    'few',
    users(leastForVerdict - 1, () => ({ carts: 9 })),
    { rated: 29, up: 29 },
  )
  const enough = rowOf(
    'enough',
    users(leastForVerdict, () => ({ carts: 9 })),
    { rated: 29, up: 29 },
  )

  const { versions } = await compare(base, few, enough)

  expect(versions[1]?.verdicts).toMatchObject({ carts_per_session: 'unclear', up_share: 'unclear' })
  expect(versions[2]?.verdicts).toMatchObject({ carts_per_session: 'better', up_share: 'unclear' })
})

test('a difference that would do alone does not when many versions are tried', async () => {
  const half = (n: number, up: number) => rowOf(`v${up}`, users(n), { rated: 400, up })
  const [base, slightly] = [half(400, 200), half(390, 240)]
  const others = Array.from({ length: 20 }, (_, i) => rowOf(`other ${i}`, users(380 - i), { rated: 400, up: 200 }))

  const alone = await compare(base, slightly)
  const amongMany = await compare(base, slightly, ...others)

  expect(alone.versions[1]?.verdicts?.up_share).toBe('better')
  expect(amongMany.versions[1]?.verdicts?.up_share).toBe('unclear')
})

test('versions are compared over the days on which both answered, and not at all without one', async () => {
  const asked: object[] = []
  const rows = [
    rowOf('base', users(100)),
    rowOf('later', users(90), { first_day: '2026-03-05' }),
    rowOf('before', users(80), { first_day: '2026-02-01', last_day: '2026-02-20' }),
  ]
  const { versions } = await compareVersions(
    async given => {
      asked.push(given)
      return rows
    },
    period,
    period.from,
  )

  expect(asked).toEqual([period, { from: '2026-03-05', to: '2026-03-10' }])
  expect(versions.map(({ obstacle }) => obstacle)).toEqual([null, null, 'not_at_the_same_time'])
})

test('a period that begins before what is stored of single users is not read at all', async () => {
  const read = async () => Promise.reject(new Error('read'))

  expect(await compareVersions(read, period, '2026-03-02')).toEqual({
    ...period,
    compared_since: '2026-03-02',
    versions: [],
  })
})

test('a period without answers, one user, nothing to divide by', async () => {
  expect(await compare()).toEqual({ ...period, compared_since: null, versions: [] })
  const { versions } = await compare(
    rowOf('base', users(1)),
    rowOf(
      'none',
      users(2, () => ({ carts: 0 })),
    ),
  )

  expect(versions[0]?.metrics).toEqual({
    carts_per_session: null,
    up_share: null,
    rub_per_cart: null,
    turns_per_message: null,
  })
  expect(versions[1]?.metrics.rub_per_cart).toBeNull()
})

test('the quantiles of the normal distribution, and intervals for others than 95 %', () => {
  expect([0.975, 0.5, 0.995, 0.00625].map(normalQuantile)).toEqual([
    expect.closeTo(1.959963984540054, 9),
    expect.closeTo(0, 9),
    expect.closeTo(2.5758293035489, 9),
    expect.closeTo(-2.4977054744, 8),
  ])
  const [usualOnes, wider] = [wilsonInterval(5, 10), wilsonInterval(5, 10, normalQuantile(0.995))]
  expect(wider.low).toBeLessThan(usualOnes.low)
  expect(wider.high).toBeGreaterThan(usualOnes.high)
})
