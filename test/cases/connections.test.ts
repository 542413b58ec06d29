import { createClient } from '@redis/client'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAnalytics } from '../../src/analytics/analytics.ts'
import { createDayReader } from '../../src/analytics/period.ts'
import { checkTimeZone } from '../../src/analytics/time-zone.ts'
import { createRedisDialogueStore } from '../../src/assistant/dialogue/redis-dialogue-store.ts'
import type { Message } from '../../src/assistant/model/chat-model.ts'
import { loadConfig } from '../../src/config.ts'
import { createDb } from '../../src/db/db.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openClient } from '../../src/db/session.ts'
import { createReconcileStore } from '../../src/reconcile/reconcile-store.ts'
import { createRedisThrottleStore, throttleKey } from '../../src/telegram/updates/throttle-store.ts'
import { type Log, silentLog } from '../../src/telemetry/log.ts'
import { createRegistry } from '../../src/telemetry/registry.ts'
import { startTestBot } from '../support/bot.ts'
import { createTestDatabase } from '../support/database.ts'
import { pgbouncerNote, pgbouncerWanted, startPgBouncer } from '../support/pgbouncer.ts'
import { redisNote, redisWanted, startRedisServer } from '../support/redis-server.ts'

const cartAnswer = /Итого ≈ [\d\s]+(,\d\d)?\s₽/

function open(url: string, options: { poolSize?: number; timeoutMs?: number } = {}) {
  const db = createDb({ url, register: createRegistry({ serviceName: 'test', env: 'test' }), ...options })
  onTestFinished(() => db.close())
  return db
}

const databaseOf = (url: string): string => new URL(url).pathname.slice(1)

describe('whatever the server is set to', () => {
  const strange = [
    ['German, DMY', 'Pacific/Kiritimati', 'sql_standard'],
    ['SQL, DMY', 'America/St_Johns', 'iso_8601'],
    ['Postgres, MDY', 'Asia/Kathmandu', 'postgres_verbose'],
  ]

  test.each(strange)('DateStyle %s, TimeZone %s, IntervalStyle %s change no day and no time', async (...settings) => {
    const { url, sql } = await createTestDatabase(new Date('2026-03-10T12:00:00Z'))
    const names = ['datestyle', 'timezone', 'intervalstyle']
    for (const [i, name] of names.entries())
      await sql(`alter database ${databaseOf(url)} set ${name} = '${settings[i]}'`)
    await sql(`insert into users (user_id, registered_at, started_at, cart_limit, last_message_at)
      values (7, '2026-03-10T09:00:00Z', '2026-03-10T09:00:00Z', 5, '2026-03-10T09:05:00Z')`)
    await sql(`insert into user_events (id, user_id, event_type, metadata, created_at) values
      (gen_random_uuid(), 7, 'bot_start', '{"source": "habr"}', '2026-03-10T09:00:00Z'),
      (gen_random_uuid(), 7, 'session_start', '{}', '2026-03-10T09:05:00Z')`)
    await sql(`insert into dirty_days values ('2026-03-10', '{7}')`)
    const timeZone = 'Europe/Moscow'
    const now = () => new Date('2026-03-10T12:00:00Z')
    const db = open(url)
    const analytics = createAnalytics({ db, timeZone, now })
    const period = { from: '2026-03-09', to: '2026-03-10' }

    expect((await analytics.daily(period)).map(day => [day.date, day.dau])).toEqual([
      ['2026-03-09', 0],
      ['2026-03-10', 1],
    ])
    expect((await analytics.retention(period)).map(row => row.day)).toEqual(['2026-03-09', '2026-03-10'])
    expect((await analytics.cohorts(period)).map(row => row.week)).toEqual(['2026-03-09'])
    expect(await analytics.everything()).toEqual({ from: '2026-03-10', to: '2026-03-10' })
    expect(await analytics.user(7)).toMatchObject({
      registered_at: new Date('2026-03-10T09:00:00Z'),
      last_message_at: new Date('2026-03-10T09:05:00Z'),
    })
    const { window } = await createReconcileStore(db, timeZone).readDay('2026-03-10')
    expect(window).toEqual({ from: new Date('2026-03-09T21:00:00Z'), to: new Date('2026-03-10T21:00:00Z') })
  })

  test('months of events begin and end at midnight UTC', async () => {
    const { url, sql } = await createTestDatabase(new Date('2026-03-10T12:00:00Z'))
    await sql(`alter database ${databaseOf(url)} set datestyle = 'SQL, DMY'`)
    await sql(`alter database ${databaseOf(url)} set timezone = 'Pacific/Kiritimati'`)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    onTestFinished(() => client.end())

    await client.query(`select ensure_event_partitions('2027-02-05T00:00:00Z', '2027-02-05T00:00:00Z')`)

    const { rows } = await client
      .query(`set datestyle = 'ISO'; set timezone = 'UTC'`)
      .then(() =>
        client.query(
          `select pg_get_expr(relpartbound, oid) as bounds from pg_class where relname = 'user_events_2027_02'`,
        ),
      )
    expect(rows[0].bounds).toBe("FOR VALUES FROM ('2027-02-01 00:00:00+00') TO ('2027-03-01 00:00:00+00')")
    const months = await client.query(
      `select month_start from event_months_before('infinity') where name = 'user_events_2027_02'`,
    )
    expect(months.rows).toEqual([{ month_start: new Date('2027-02-01T00:00:00Z') }])
  })
})

test('two bots that start at the same moment make a month of events once', async () => {
  const { url, sql } = await createTestDatabase()
  const [one, other] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
  await Promise.all([one.connect(), other.connect()])
  onTestFinished(async () => void (await Promise.all([one.end(), other.end()])))
  const ensure = `select ensure_event_partitions('2031-02-05T00:00:00Z', '2031-02-05T00:00:00Z') as name`

  await one.query('begin')
  const first = await one.query(ensure)
  const second = other.query(ensure)
  const waiting = `select from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`
  await expect.poll(() => sql(waiting)).toHaveLength(1)
  await one.query('commit')

  expect([first.rows, (await second).rows]).toEqual([[{ name: 'user_events_2031_02' }], []])
})

describe('a connection that the server ends', () => {
  test('while it is used fails that query, and the next one gets another', async () => {
    const { url, sql } = await createTestDatabase()
    const db = open(url, { poolSize: 1 })
    const running = db.query('ping', 'select pg_sleep(20)').catch(err => err)
    await expect
      .poll(() => sql(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(20)'`))
      .toHaveLength(1)

    expect(await running).toMatchObject({ name: 'UpstreamError', retryable: true })
    expect(await db.query('ping', 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('between two queries of a long job fails the next query and not the process', async () => {
    const { url, sql } = await createTestDatabase()
    const client = await openClient(url, 'job')
    onTestFinished(() => client.end())
    await client.query('begin')
    const ended = new Promise(resolve => client.once('end', resolve))

    await sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'vkusvill-bot job'`)
    await ended

    await expect(client.query('select 1')).rejects.toThrow(/connection/i)
  })
})

test('the comparison of the stores holds no connection and no transaction, and one process at a time does it', async () => {
  const { url, sql } = await createTestDatabase()
  const db = open(url, { poolSize: 1 })
  const store = createReconcileStore(db, 'UTC')
  const openTransactions = () =>
    sql(`select from pg_stat_activity where datname = current_database() and application_name = 'vkusvill-bot'
      and xact_start is not null`)

  const done = await store.alone(async () => {
    expect(await openTransactions()).toEqual([])
    expect(await store.alone(async () => undefined)).toBe(false)
  })

  expect(done).toBe(true)
  await expect(store.alone(() => Promise.reject(new Error('the other store failed')))).rejects.toThrow('failed')
  expect(await store.alone(async () => undefined)).toBe(true)
  await sql(`insert into reconciliation_turn (ends_at) values (now() - interval '1 second')`)
  expect(await store.alone(async () => undefined)).toBe(true)
})

describe.skipIf(!pgbouncerWanted)(`behind PgBouncer with its default settings${pgbouncerNote}`, () => {
  test('the bot migrates, starts, serves a user and counts', async () => {
    const { url, sql } = await createTestDatabase()
    await sql('drop schema public cascade')
    await sql('create schema public')
    await sql('drop schema analytics cascade')
    const pooled = await startPgBouncer(url)
    const bot = await startTestBot({ DATABASE_URL: pooled })
    const anna = bot.user(101)
    await anna.join('habr')

    await anna.ask('собери завтрак: молоко, хлеб, сыр', cartAnswer)

    const carts = await sql<{ carts_created: number }>('select carts_created from users where user_id = 101')
    expect(carts).toEqual([{ carts_created: 1 }])
    const analytics = createAnalytics({ db: open(pooled), timeZone: 'Europe/Moscow', now: () => new Date() })
    const today = analytics.today()
    expect(await analytics.summary({ from: today, to: today })).toMatchObject({ carts: 1, new_users: 1 })
  })

  test('four processes that start together migrate once, and no lock of theirs stays behind', async () => {
    const { url, sql } = await createTestDatabase()
    await sql('drop schema public cascade')
    await sql('create schema public')
    await sql('drop schema analytics cascade')
    const pooled = await startPgBouncer(url)

    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(pooled)))

    expect(applied.flat().length).toBeGreaterThan(3)
    expect(new Set(applied.flat()).size).toBe(applied.flat().length)
    expect(
      await sql(`select from pg_locks where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())`),
    ).toEqual([])
  })

  test('dates are ISO and a statement ends after its limit, on whatever server connection it runs', async () => {
    const { url, sql } = await createTestDatabase()
    await sql(`alter database ${databaseOf(url)} set datestyle = 'German, DMY'`)
    await sql(`alter database ${databaseOf(url)} set timezone = 'Pacific/Kiritimati'`)
    const pooled = await startPgBouncer(url)
    const hasty = open(pooled, { poolSize: 4, timeoutMs: 300 })
    const unhurried = open(pooled, { poolSize: 4, timeoutMs: 20_000 })
    const read = () => unhurried.query('ping', `select date '2026-03-10' as day, pg_sleep(0.05)::text as slept`)

    const days = (await Promise.all(Array.from({ length: 12 }, read))).map(([row]) => row?.day)
    const outcomes = await Promise.all([
      ...[1, 2, 3, 4].map(() => hasty.query('ping', 'select pg_sleep(20)').catch(err => err.name)),
      ...[1, 2, 3, 4].map(() => unhurried.query('ping', 'select 1 as one, pg_sleep(0.6)::text as slept')),
    ])

    expect(new Set(days)).toEqual(new Set(['2026-03-10']))
    expect(outcomes).toEqual([
      ...Array.from({ length: 4 }, () => 'TimeoutError'),
      ...Array.from({ length: 4 }, () => [{ one: 1, slept: '' }]),
    ])
    const running = `select from pg_stat_activity where datname = current_database() and query like '%pg_sleep(20)%'
      and state = 'active' and pid <> pg_backend_pid()`
    await expect.poll(() => sql(running)).toEqual([])
  })

  test('an address with a parameter that PgBouncer refuses is answered with what to change', async () => {
    const { url } = await createTestDatabase()
    const pooled = await startPgBouncer(url)

    const failure = await migrate(`${pooled}?statement_timeout=5000`).catch(err => err)

    expect(failure).toMatchObject({
      name: 'StartupError',
      message: expect.stringContaining('ignore_startup_parameters'),
    })
    expect(failure.message).toContain('statement_timeout')
  })

  test('a pool that hands out single statements is refused with the mode to set', async () => {
    const { url } = await createTestDatabase()
    const pooled = await startPgBouncer(url, { pool_mode: 'statement' })

    await expect(migrate(pooled)).rejects.toThrow(/pool_mode to transaction/)
  })
})

describe.skipIf(!redisWanted)(`a Redis that does not allow everything${redisNote}`, () => {
  const milk: Message[] = [{ role: 'user', content: 'молоко' }]
  /** No machine is so slow that a Redis which is there seems to be down. */
  const timeoutMs = 60_000

  async function startRedis(...options: string[]) {
    const server = await startRedisServer({ options })
    onTestFinished(() => server.dispose())
    const admin = createClient({ url: server.url })
    await admin.connect()
    onTestFinished(() => admin.destroy())
    /** The address for a user with these rights. */
    const as = async (...rights: string[]) => {
      await admin.sendCommand(['ACL', 'SETUSER', 'bot', 'reset', 'on', '>secret', '~*', ...rights])
      return server.url.replace('redis://', 'redis://bot:secret@')
    }
    return { url: server.url, admin, as }
  }

  /** A replica's use of it. */
  function replica(url: string) {
    const warnings: string[] = []
    const log: Log = {
      ...silentLog,
      warn: (event, fields) => {
        const named = Object.entries(fields ?? {}).map(([name, value]) => `${name}=${value}`)
        warnings.push(`${event} ${named.join(' ')}`)
      },
    }
    const throttle = createRedisThrottleStore({ url, windowMs: 60_000, timeoutMs, log, now: () => new Date() })
    const register = createRegistry({ serviceName: 'test', env: 'test' })
    const dialogues = createRedisDialogueStore({ url, log, register, timeoutMs })
    for (const part of [throttle, dialogues]) onTestFinished(() => void part.close())
    return { throttle, dialogues, warnings }
  }
  type Replica = ReturnType<typeof replica>

  const threeMessages = async ({ throttle }: Replica) => {
    const hits: number[] = []
    for (const update of ['1', '2', '3']) hits.push(await throttle.incr(throttleKey(7, update)))
    return hits
  }

  test.each([
    ['to scripts', ['+@all', '-@scripting']],
    ['to write', ['+@all', '-@write']],
    ['to anything but connect', ['+@connection']],
    ['to our keys', ['resetkeys', '~other:*', '+@all']],
  ])('no right %s: messages are counted all the same, and it is reported once', async (_, rights) => {
    const { as } = await startRedis()
    const bot = replica(await as(...rights))

    expect(await threeMessages(bot)).toEqual([1, 2, 3])

    expect(bot.warnings).toEqual([expect.stringMatching(/upstream_failed.*throttle.*command refused/)])
  })

  test('a read-only replica: dialogues are read, messages counted, and it is reported once', async () => {
    const { url, admin } = await startRedis()
    const copy = await startRedis('--replicaof', '127.0.0.1', new URL(url).port)
    await replica(url).dialogues.save(7, milk)
    await admin.sendCommand(['WAIT', '1', '10000'])
    await expect.poll(() => copy.admin.exists('vv:dialogue:7')).toBe(1)
    const bot = replica(copy.url)

    expect(await bot.dialogues.load(7)).toEqual(milk)
    expect(await threeMessages(bot)).toEqual([1, 2, 3])

    expect(bot.warnings).toEqual([expect.stringMatching(/upstream_failed.*throttle.*READONLY/)])
  })

  test('a server that knows only the commands of old serves dialogues and counters', async () => {
    const young = ['HELLO', 'GETEX', 'GETDEL', 'CLIENT', 'UNLINK', 'COPY', 'ACL']
    const server = await startRedisServer({ options: young.flatMap(name => ['--rename-command', name, '']) })
    onTestFinished(() => server.dispose())
    const bot = replica(server.url)

    expect(await threeMessages(bot)).toEqual([1, 2, 3])
    await bot.dialogues.save(7, milk)

    expect(await replica(server.url).dialogues.load(7)).toEqual(milk)
    expect(bot.warnings).toEqual([])
  })
})

describe('days whose midnight comes twice or never', () => {
  const windows = [
    ['Europe/Moscow', '2026-03-01'],
    ['Atlantic/Azores', '2026-03-29'],
    ['Atlantic/Azores', '2026-10-25'],
    ['America/Havana', '2026-03-08'],
    ['America/Havana', '2026-11-01'],
    ['Africa/Cairo', '2026-04-24'],
    ['Africa/Cairo', '2026-10-29'],
    ['Asia/Beirut', '2026-10-25'],
    ['America/Santiago', '2026-09-06'],
    ['America/Nuuk', '2026-10-24'],
    ['America/Sao_Paulo', '2018-11-04'],
    ['America/Sao_Paulo', '2019-02-17'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Antarctica/Troll', '2026-10-25'],
    ['Antarctica/Casey', '2020-10-04'],
    ['Antarctica/Casey', '2021-03-14'],
    ['America/St_Johns', '2010-11-07'], // back from 00:01: two days that alternate
    ['Pacific/Apia', '2011-12-30'], // no such day
    ['Pacific/Kwajalein', '1993-08-21'], // no such day
    ['Pacific/Kwajalein', '1969-09-30'], // a day of 47 hours
  ]

  test.each(windows)('in %s around %s a day is from its first instant to its last', async (zone, day) => {
    const { sql } = await createTestDatabase()
    // expected: what local_day() says of every minute of six days
    const rows = await sql(
      `with minutes as (
        select t, local_day(t, $1) as day from generate_series(($2 || 'T00:00Z')::timestamptz - interval '3 days',
          ($2 || 'T00:00Z')::timestamptz + interval '3 days', interval '1 minute') t
      ), days as (
        select d::date as day from generate_series($2::timestamp - interval '1 day', $2::timestamp + interval '1 day', interval '1 day') d
      )
      select d.day, day_start(d.day, $1) as from_at, day_end(d.day, $1) as to_at, min(t) as first, max(t) as last
      from days d left join minutes m on m.day = d.day group by d.day order by d.day`,
      [zone, day],
    )

    for (const { from_at, to_at, first, last } of rows) {
      if (first === null) expect(to_at).toEqual(from_at)
      else expect([from_at, to_at]).toEqual([first, new Date(last.getTime() + 60_000)])
    }
    const dayOf = createDayReader(zone ?? '')
    for (const { first, day: expected } of rows.filter(row => row.first !== null && row.first.getUTCFullYear() > 1970))
      expect(Math.abs(Date.parse(dayOf(first)) - expected.getTime())).toBeLessThan(24 * 3_600_000)
  })

  test.each([
    ['Atlantic/Azores', '2026-10-25', '2026-10-25T00:20:00Z', '2026-10-25T01:20:00Z', '2026-10-25T00:00:00Z'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:20:00Z', '2026-11-01T05:20:00Z', '2026-11-01T04:00:00Z'],
  ])(
    'in %s both hours after midnight of %s are of that day, wherever it is asked',
    async (timeZone, day, one, two, begin) => {
      const { url, sql } = await createTestDatabase(new Date(one))
      const db = open(url)
      const now = () => new Date(Date.parse(begin) + 60 * 3_600_000)
      for (const [userId, at] of [
        [7, one],
        [8, two],
      ] as const) {
        await sql(
          `insert into users (user_id, registered_at, started_at, cart_limit, source) values ($1, $2, $2, 5, 'habr')`,
          [userId, at],
        )
        const steps = [
          ['bot_start', { source: 'habr', referrer_id: null, is_new_user: true }],
          ['session_start', { day_number: 0, sessions_today: 1, days_since_last_session: null }],
          ['product_search', { query: 'молоко', results_count: 1, had_results: true }],
          [
            'cart_created',
            { cart_number: 1, revision: 0, items_count: 1, total_sum: 100, scenario: 'search', messages_in_session: 1 },
          ],
        ] as const
        for (const [i, [type, metadata]] of steps.entries())
          await sql(
            `insert into user_events (id, user_id, event_type, metadata, created_at)
           values (gen_random_uuid(), $1, $2, $3, $4::timestamptz + make_interval(mins => $5))`,
            [userId, type, metadata, at, i],
          )
        await sql('insert into dirty_days values (local_day($2, $3), array[$1::bigint])', [userId, at, timeZone])
      }
      const analytics = createAnalytics({ db, timeZone, now })
      const period = { from: day, to: day }
      const numbers = async () => {
        const { active_users, carts, gmv } = await analytics.summary(period)
        const funnel = await analytics.funnel(period)
        const [row] = await analytics.daily(period)
        const [total] = await sql('select dau, carts_created from daily_stats where date = $1', [day])
        const steps = funnel.stages.map(stage => stage.users)
        return { active_users, carts, gmv, steps: steps.slice(0, 4), dau: row?.dau, total }
      }
      const right = {
        active_users: 2,
        carts: 2,
        gmv: 200,
        steps: [2, 2, 2, 2],
        dau: 2,
        total: { dau: 2, carts_created: 2 },
      }

      expect(await numbers()).toEqual(right)
      await analytics.rebuild(day)
      expect(await numbers()).toEqual(right)
      await sql('select rebuild_all($1)', [timeZone])
      expect(await numbers()).toEqual(right)

      const { window, numbers: stored, fromEvents } = await createReconcileStore(db, timeZone).readDay(day)
      expect(window).toEqual({ from: new Date(begin), to: new Date(Date.parse(begin) + 25 * 3_600_000) })
      expect([stored.carts, fromEvents.carts]).toEqual([2, 2])
      const [chart] = await sql('select analytics.day_start($1) as at, analytics.local_date($2) as day', [day, one])
      expect(chart).toMatchObject({ at: new Date(begin) })
    },
  )
})

describe('a time zone that this process and PostgreSQL read differently is refused at the start', () => {
  const refusal = async (name: string): Promise<string> => {
    const { url } = await createTestDatabase()
    try {
      const { timeZone } = loadConfig({ ANALYTICS_TZ: name })
      await checkTimeZone(url, timeZone, new Date('2026-11-26T12:00:00Z'))
      return 'taken'
    } catch (err) {
      return err instanceof Error ? `${err.name}: ${err.message}` : 'unknown'
    }
  }

  test.each([
    'CET',
    'MET',
    'EET',
    'WET',
    'UTC+3',
    '+03:00',
    '<+03>-3',
    'MSK',
    'MSD',
    'posixrules',
    'Europe/Nowhere',
    'GMT+3',
  ])('%s', async name => {
    const text = await refusal(name)

    expect(text).toMatch(/^(ConfigError|StartupError): /)
    expect(text).toContain('ANALYTICS_TZ')
    expect(text).toContain('such as Europe/Moscow')
  })

  test.each(['Europe/Moscow', 'Atlantic/Azores', 'America/Havana', 'Pacific/Apia', 'UTC', 'Etc/GMT-3', 'Asia/Kolkata'])(
    '%s is taken',
    async name => {
      expect(await refusal(name)).toBe('taken')
    },
  )
})
