import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts'
import { reportNames, runReport } from '../../cli/report.ts'
import { createEventStore } from '../../events/event-store.ts'
import { silentLog } from '../../telemetry/log.ts'
import { createAnalytics } from '../analytics.ts'
import { writeHistory } from '../demo/history.ts'
import { createLifecycle } from '../lifecycle.ts'
import { rounded } from '../testing/numbers.ts'
import { readReports } from '../testing/read-everything.ts'
import { createFailureArchive } from './archived-failures.ts'
import { openDuckDb } from './duck-db.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
/** Months of UTC that lie wholly before 11 December 2025, of a history that begins in Moscow's September. */
const archivable = ['2025-08', '2025-09', '2025-10', '2025-11']
const fileNames = archivable.map(month => `user_events_${month.replace('-', '_')}.parquet`)

function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'archive-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A history of half a year and its archive. */
async function setup({ seed = 2, users = 40 } = {}) {
  const database = await createTestDatabase(now)
  const { url, db, sql } = database
  const dir = temporaryDir()
  await writeHistory(url, { users, days: 191, seed, until: '2026-03-10', timeZone, cartLimit: 2, surveyBonus: 2 }, now)
  const analytics = createAnalytics({
    db,
    timeZone,
    now: () => now,
    failureArchive: createFailureArchive(db, dir),
  })
  const run = (drop: boolean, at = now) =>
    createLifecycle({ url, analytics, timeZone, log: silentLog, now: () => at, archive: { dir, drop } }).run()
  const rows = async (columns: string, where = 'true') => {
    const duckDb = await openDuckDb(dir)
    try {
      return await duckDb.query(`select ${columns} from read_parquet('${dir}/*.parquet') where ${where}`)
    } finally {
      duckDb.close()
    }
  }
  const store = createEventStore({
    db,
    settings: { timeZone, cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
    idHash: id => id.toString(16).padStart(64, '0'),
  })
  const erase = (userId: number) =>
    store.apply({
      id: crypto.randomUUID(),
      facts: [{ id: crypto.randomUUID(), userId, requestId: 'R', at: now, kind: 'erase' }],
    })
  return { ...database, url, sql, dir, analytics, run, rows, erase }
}

/** What every command of the report answers. */
async function allReports(url: string, archiveDir: string): Promise<Record<string, string>> {
  const answers: Record<string, string> = {}
  for (const command of reportNames) {
    const args = [command, '--period', '191d', '--until', '2026-03-10', ...(command === 'errors' ? [] : ['--json'])]
    const out = (text: string) => void Object.assign(answers, { [command]: text })
    const env = { DATABASE_URL: url, ARCHIVE_DIR: archiveDir }
    await runReport({ args, env, out, note: () => undefined, now: () => now })
  }
  return answers
}

/** The same new events in a database: of users whose earlier ones may be archived. */
async function goOn(sql: TestDatabase['sql'], seed: number): Promise<void> {
  const users = await sql<{ user_id: string }>(
    `select user_id from users where started_at < '2025-11-20' order by md5(user_id::text || $1) limit 12`,
    [seed],
  )
  for (const [i, { user_id }] of users.entries()) {
    const event = async (type: string, at: string, metadata: object) => {
      await sql(
        `insert into user_events (id, user_id, event_type, metadata, created_at)
         values (md5($1::text || $2::text || $3::text)::uuid, $1::text::bigint, $2::text, $4, $3::text::timestamptz)`,
        [String(user_id), type, at, metadata],
      )
      await sql('insert into dirty_days values (local_day($2, $3), array[$1::bigint])', [user_id, at, timeZone])
    }
    const day = `2026-03-${String((i % 9) + 1).padStart(2, '0')}`
    await event('session_start', `${day}T09:00:00Z`, { day_number: 1 })
    await event('product_search', `${day}T09:01:00Z`, { query: 'тахини', results_count: 0, had_results: false })
    await event('bot_error', `${day}T09:02:00Z`, { error_type: 'TimeoutError', error_message: 'shop: no answer' })
    if (i % 3 === 0) await event('cart_created', `${day}T09:03:00Z`, { cart_number: 90, revision: 0, total_sum: 310.5 })
    if (i % 4 !== 0) continue
    await sql(
      `insert into bot_blocks (user_id, id, at, blocked) values ($1::text::bigint, md5($1::text || 'block')::uuid, $2, true)`,
      [String(user_id), `${day}T10:00:00Z`],
    )
    await sql('insert into dirty_days values ($2, array[$1::bigint])', [user_id, day])
  }
}

test.each([1, 2, 3])(
  'of one history (seed %i), with everything in PostgreSQL and with old months in an archive alone, every number is the same',
  async seed => {
    const [whole, archived] = [await setup({ seed }), await setup({ seed })]
    const { dropped } = await archived.run(true)
    for (const { sql } of [whole, archived]) await goOn(sql, seed)
    const all = { from: '2025-09-01', to: '2026-03-10' }
    const periods = [all, { from: '2025-10-10', to: `2025-12-${10 + seed}` }, { from: '2025-10-17', to: '2025-11-15' }]
    const read = async ({ analytics }: typeof whole) => ({
      reports: await Promise.all(periods.map(period => readReports(analytics, period))),
      failures: await Promise.all(periods.map(period => analytics.errors(period, 1000))),
      searches: await analytics.searches(all, 1000),
      survey: await analytics.survey(all, 1000),
      since: await analytics.storedSince(),
    })

    const expected = await read(whole)
    expect(dropped).toEqual(fileNames.map(name => name.replace('.parquet', '')))
    expect(expected.failures[0]?.last.some(({ time }) => time < new Date('2025-12-01'))).toBe(true)
    expect(rounded(await read(archived))).toEqual(rounded(expected))
    for (const { sql } of [whole, archived]) await sql('select rebuild_all($1)', [timeZone])
    expect(rounded(await read(archived))).toEqual(rounded(expected))
    if (seed === 1) expect(await allReports(archived.url, archived.dir)).toEqual(await allReports(whole.url, whole.dir))
  },
)

test('a month is written row by row, a repeat touches no file, and a late event is in the file after the next run', async () => {
  const { sql, dir, run, rows } = await setup()
  const events = `select count(*)::int as n, count(*) filter (where event_type = 'cart_created')::int as carts,
    count(distinct user_id)::int as users, sum((metadata ->> 'total_sum')::numeric)::float8 as gmv
    from user_events where created_at < '2025-12-01T00:00:00Z'`
  const inFiles = `count(*)::integer as n, (count(*) filter (event_type = 'cart_created'))::integer as carts,
    count(distinct pseudonym)::integer as users, sum((metadata ->> 'total_sum')::decimal(12, 2))::double as gmv`
  const files = () => readdirSync(dir).map(name => [name, statSync(join(dir, name)).mtimeMs])

  const first = await run(false)
  const written = files()
  const again = await run(false)
  const untouched = files()
  expect(await rows(inFiles)).toEqual(await sql(events))
  await sql(`insert into user_events (id, user_id, event_type, metadata, created_at)
    select gen_random_uuid(), user_id, 'session_start', '{}', '2025-10-10T10:00:00Z' from users limit 1`)
  const late = await run(false)

  expect(written.map(([name]) => name)).toEqual(fileNames)
  expect(first.archived.map(({ month, change }) => [month.slice(0, 7), change])).toEqual(
    archivable.map(month => [month, 'written']),
  )
  expect(again.archived.map(({ change }) => change)).toEqual(archivable.map(() => 'unchanged'))
  expect(untouched).toEqual(written)
  expect(late.archived.map(({ change }) => change)).toEqual(['unchanged', 'unchanged', 'written again', 'unchanged'])
  expect(await rows(inFiles)).toEqual(await sql(events))
  expect(first.dropped).toEqual([])
})

test('a file has no text of a user, whatever is recorded one day, and no number of an account', async () => {
  const { sql, run, rows } = await setup()
  const word = 'слово пользователя'
  await sql(
    `update user_events set metadata = metadata || jsonb_build_object('note', $1::text, 'words', jsonb_build_array($1::text),
       'referrer_id', user_id) || case when event_type = 'product_search' then jsonb_build_object('query', $1::text)
         when event_type = 'bot_error' then jsonb_build_object('error_message', 'shop: ' || $1::text)
         when event_type = 'survey_completed' then jsonb_build_object('feedback', $1::text) else '{}' end,
       campaign = case when event_type = 'bot_start' then 'ivan_ivanov_7' end
     where created_at < '2025-12-01'`,
    [word],
  )

  await run(false)

  const users = (await sql<{ user_id: string }>('select user_id from users')).map(({ user_id }) => String(user_id))
  const lines = (await rows('*')).map(row =>
    JSON.stringify({ ...row, created_at: '', request_id: '', id: '', pseudonym: '' }),
  )
  expect(lines.length).toBeGreaterThan(100)
  expect(lines.filter(line => line.includes(word) || line.includes('ivan'))).toEqual([])
  expect(lines.filter(line => users.some(id => line.includes(id)))).toEqual([])
  expect(
    lines.filter(line => line.includes('"upstream\\":\\"shop') || line.includes('upstream\\": \\"shop')).length,
  ).toBeGreaterThan(0)
})

test.each([false, true])(
  'an erased user is no longer named and is out of every file after the next run (months dropped from the database: %s)',
  async drop => {
    const { sql, run, rows, erase, analytics } = await setup()
    await run(drop)
    const [chosen] = await sql<{ user_id: string; pseudonym: string }>(
      `select user_id, pseudonym from archive_pseudonyms where user_id in (select user_id from users order by registered_at limit 1)`,
    )
    const before = await rows('count(*)::integer as n', `pseudonym = '${chosen?.pseudonym}'`)
    const [all] = await rows('count(*)::integer as n')

    await erase(Number(chosen?.user_id))
    const known = await sql('select * from archive_pseudonyms where user_id = $1', [chosen?.user_id])
    const { archived } = await run(drop)

    expect(before[0]?.n).toBeGreaterThan(0)
    expect(known).toEqual([])
    expect(archived.some(({ change }) => change === (drop ? 'erased users taken out' : 'written again'))).toBe(true)
    expect(await rows('*', `pseudonym = '${chosen?.pseudonym}'`)).toEqual([])
    expect(await rows('count(*)::integer as n')).toEqual([{ n: Number(all?.n) - Number(before[0]?.n) }])
    expect(await sql('select * from archive_erasures')).toEqual([])
    expect((await run(drop)).archived.every(({ change }) => change === 'unchanged')).toBe(true)
    expect((await analytics.errors({ from: '2025-09-01', to: '2026-03-10' })).errors).toBeGreaterThan(0)
  },
)

test('a month is not dropped when its file cannot be written, and a dropped one whose file is missing or damaged is named', async () => {
  const { sql, dir, run, analytics, url } = await setup()
  const left = async () => (await sql<{ name: string }>(`select name from event_months_before('2025-12-02')`)).length
  const file = join(temporaryDir(), 'a file, no folder')
  writeFileSync(file, '')
  const elsewhere = (target: string) =>
    createLifecycle({
      url,
      analytics,
      timeZone,
      log: silentLog,
      now: () => now,
      archive: { dir: target, drop: true },
    }).run()
  await expect(elsewhere(file)).rejects.toThrow(/cannot be made/)
  expect(await left()).toBe(4)

  await run(true)

  expect(await left()).toBe(0)
  await expect(elsewhere(temporaryDir())).rejects.toThrow(/2025-08 was archived and dropped/)
  const october = join(dir, 'user_events_2025_10.parquet')
  writeFileSync(october, readFileSync(october).subarray(0, 1000))
  await expect(run(true)).rejects.toThrow(/2025_10.parquet is not what was written there/)
  rmSync(october)
  await expect(analytics.errors({ from: '2025-09-01', to: '2026-03-10' })).rejects.toThrow(/2025_10.parquet is missing/)
  expect((await analytics.errors({ from: '2025-12-02', to: '2026-03-10' })).errors).toBeGreaterThan(0)
})

test('texts of an archived month stay in the database until the month is 12 months old', async () => {
  const { sql, analytics, run } = await setup()
  const old = `select coalesce(sum(cardinality(queries)), 0)::int as n from user_days where day < '2025-11-30'`
  const before = await sql<{ n: number }>(old)
  await run(true)

  expect(before[0]?.n).toBeGreaterThan(0)
  expect(await sql(old)).toEqual(before)

  await run(true, new Date('2026-12-11T09:00:00Z'))

  expect(await sql(old)).toEqual([{ n: 0 }])
  expect((await analytics.summary({ from: '2025-09-01', to: '2025-11-30' })).carts).toBeGreaterThan(0)
})
