import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { type ExpectedFile, ensureDemoHistory } from '../analytics/demo/history.ts'
import { PeriodError } from '../analytics/period.ts'
import { rounded } from '../analytics/testing/numbers.ts'
import { type CommandContext, HelpRequest, UsageError } from './command.ts'
import { commands, runCommand } from './commands.ts'
import { runGenerate } from './generate.ts'
import { runLifecycle } from './lifecycle.ts'
import { runRebuildTotals } from './rebuild-totals.ts'
import { runReport } from './report.ts'
import { runRequest } from './request.ts'

const now = new Date('2026-03-11T09:00:00Z')
const untouched = { DATABASE_URL: 'postgres://user:nothing@127.0.0.1:1/none' }

test('a request is shown by its code, and what is not found ends with no', async () => {
  const { url, sql } = await createTestDatabase(now)
  await sql(
    `insert into user_events (id, user_id, event_type, metadata, created_at, request_id) values (gen_random_uuid(), 7, 'bot_error',
     '{"error_type": "TimeoutError", "error_message": "gigachat: no answer within 60000 ms", "had_history": false}', $1, 'AAAA00000001')`,
    [now],
  )
  const written: string[] = []
  const look = (code: string) =>
    runRequest({
      args: code.split(' '),
      env: { DATABASE_URL: url, DATA_DIR: mkdtempSync(join(tmpdir(), 'commands-')) },
      out: text => void written.push(text),
      note: text => void written.push(text),
      now: () => now,
    })

  expect([await look('код aaaa 0000'), await look('ZZZZ')]).toEqual([true, false])

  expect(written[0]).toMatch(/^AAAA00000001, 7\n❌ Бот не справился: GigaChat \(TimeoutError\)\n/)
  expect(written.slice(1)).toEqual(['ZZZZ: nothing found'])
  await expect(look('привет')).rejects.toThrow(UsageError)
})

async function setup() {
  const { url, sql } = await createTestDatabase(now)
  const dir = mkdtempSync(join(tmpdir(), 'commands-'))
  const run = async (command: (context: CommandContext) => Promise<void>, line: string, at = now): Promise<string> => {
    const written: string[] = []
    await command({
      args: line.split(' ').filter(word => word !== ''),
      env: { DATABASE_URL: url, DATA_DIR: dir },
      out: text => void written.push(text),
      note: () => undefined,
      now: () => at,
    })
    return written.join('\n')
  }
  return { url, sql, dir, run }
}
const refuse = (command: (context: CommandContext) => Promise<void>, line: string) =>
  command({ args: line.split(' '), env: untouched, out: () => undefined, note: () => undefined, now: () => now })

/** `node dist/cli/main.js` with these arguments; returns what it wrote. */
async function runMain(args: string[]): Promise<string[]> {
  const written: string[] = []
  await runCommand({ args, env: {}, out: text => void written.push(text), note: () => undefined, now: () => now })
  return written
}

test.each([[], ['--help'], ['-h']])(
  'without a name, or with %s, all commands are listed',
  async (...args: string[]) => {
    const asked = runMain(args)

    await expect(asked).rejects.toBeInstanceOf(HelpRequest)
    for (const [name, { help }] of Object.entries(commands))
      await expect(asked).rejects.toThrow(new RegExp(`^  ${name} +${help.replace(/[()]/g, '.')}$`, 'm'))
  },
)

test.each(['reports', 'constructor', ''])('a command that is not there is refused: %s', async name => {
  await expect(runMain([name])).rejects.toThrow(UsageError)
})

test.each(Object.keys(commands))('%s explains itself, and npm knows it by the same name', async name => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

  await expect(runMain([name, '--help'])).rejects.toThrow(new RegExp(`^Usage: npm run ${name}`))
  expect(scripts[name]).toMatch(new RegExp(` dist/cli/main\\.js ${name}$`))
})

test('every report in JSON is what the truth file of the generated history says', async () => {
  const { dir, run } = await setup()
  await run(runGenerate, '--users 60 --days 90 --seed 4 --until 2026-03-10')
  const truth = JSON.parse(readFileSync(join(dir, 'truth.json'), 'utf8')) as ExpectedFile

  for (const [name, expected] of Object.entries(truth.periods)) {
    const report = async (what: string) =>
      rounded(JSON.parse(await run(runReport, `${what} --period ${name} --until 2026-03-10 --json`)))
    const sources = expected.sources.map(({ first_carts: _f, cost_rub: _c, ...row }) => row)
    expect(await report('summary')).toEqual(rounded(expected.summary))
    expect(await report('funnel')).toEqual(rounded(expected.funnel))
    expect(await report('funnel --source habr')).toEqual(rounded(expected.funnel_by_source[0]))
    expect(await report('sources')).toEqual(rounded(sources))
    expect(await report('cohorts')).toEqual(rounded(expected.cohorts))
    expect(await report('retention')).toEqual(rounded(expected.retention))
  }
})

test('the table of an empty base has zeros and dashes', async () => {
  const { run } = await setup()

  const table = await run(runReport, 'summary --period week')

  expect(table).toContain('2026-03-05 – 2026-03-11')
  expect(table).toMatch(/Новых +0\n/)
  expect(table).toMatch(/Retention D1 +—\n/)
  expect(table).toMatch(/Средний чек +—\n/)
  expect(table).toMatch(/Ошибки +0 \(— запросов\)/)
})

test('retention is reported over weeks by default', async () => {
  const { run } = await setup()

  expect(await run(runReport, 'cohorts')).toContain('2025-12-22 – 2026-03-11')
  expect(await run(runReport, 'retention')).toContain('2026-02-10 – 2026-03-11')
})

test.each([
  '',
  'everything',
  'summary funnel',
  'summary --perod week',
  'summary --source habr',
  'funnel --source bing',
])('report %j is refused before a database is asked', async line => {
  await expect(refuse(runReport, line)).rejects.toThrow(UsageError)
})

test.each(['summary --period year', 'summary --period 0d', 'summary --until tomorrow', 'summary --until 2026-02-30'])(
  'report %j names what it expects of a period',
  async line => {
    await expect(refuse(runReport, line)).rejects.toThrow(PeriodError)
  },
)

test.each(['', '--users 10 --days 5', '--users ten --days 5 --seed 1', '--users 0 --days 5 --seed 1', 'now'])(
  'generate %j is refused before a database is asked',
  async line => {
    await expect(refuse(runGenerate, line)).rejects.toThrow(UsageError)
  },
)

test('the same numbers give the same history, and another one takes its place', async () => {
  const { sql, dir, run } = await setup()
  const rows = () => sql('select * from user_events order by user_id, created_at, id')
  await run(runGenerate, '--users 20 --days 20 --seed 4 --until 2026-03-10')
  const [first, truth] = [await rows(), readFileSync(join(dir, 'truth.json'), 'utf8')]

  await run(runGenerate, '--users 15 --days 20 --seed 5 --until 2026-03-10')
  const other = await rows()
  await run(runGenerate, '--users 20 --days 20 --seed 4 --until 2026-03-10')

  expect(other).not.toEqual(first)
  expect(await rows()).toEqual(first)
  expect(readFileSync(join(dir, 'truth.json'), 'utf8')).toBe(truth)
})

test('existing users and their events stay when a history is written and replaced', async () => {
  const { sql, run } = await setup()
  await sql(`insert into users (user_id, registered_at, started_at, source, cart_limit) values (7, $1, $1, 'vc', 5)`, [
    now,
  ])
  await sql(`insert into user_events values (gen_random_uuid(), 7, 'session_start', '{}', $1)`, [now])
  await sql(`insert into user_usage (user_id, day, messages) values (7, '2026-03-11', 3)`)
  await sql(`insert into daily_stats (date, messages) values ('2026-03-11', 3)`)
  await sql(`insert into dirty_days values ('2026-03-11', '{7}')`)
  const today = async () => JSON.parse(await run(runReport, 'summary --json'))
  const before = await today()

  await run(runGenerate, '--users 20 --days 20 --seed 4 --until 2026-03-11')
  const during = await today()
  expect(await sql('select from user_usage'), 'waits for no count').toEqual([])
  await sql('select remove_demo_history($1)', ['Europe/Moscow'])

  expect(before).toMatchObject({ new_users: 1, active_users: 1, messages: 3 })
  expect(during).toEqual(before)
  expect(await today()).toEqual(before)
})

test('a sandbox gets its history once, and a newer one when yesterday is missing', async () => {
  const { url, sql } = await setup()
  const allowance = { cartLimit: 5, surveyBonus: 5 }
  const demo = (at: Date) => ensureDemoHistory({ url, timeZone: 'Europe/Moscow', allowance, now: at })

  expect(await demo(now)).toBe(true)
  expect(await demo(now)).toBe(false)
  expect(await demo(new Date('2026-03-12T09:00:00Z'))).toBe(true)
  expect(await sql('select users, days, until::text from demo_history')).toEqual([
    { users: 300, days: 90, until: '2026-03-11' },
  ])
})

test('commands rebuild all totals or a day, and drop old months', async () => {
  const { run } = await setup()
  await run(runGenerate, '--users 10 --days 20 --seed 4 --until 2026-03-10')
  const before = await run(runReport, 'summary --period month --json')

  await run(runRebuildTotals, '')
  await run(runRebuildTotals, '--day 2026-03-09')
  const answer = await run(runLifecycle, '')

  expect(answer).toContain('12 months')
  expect(await run(runReport, 'summary --period month --json')).toBe(before)
})

test('the queries of the plan run as they are written and give the right answer', async () => {
  const { sql, run } = await setup()
  const today = new Date()
  const until = today.toISOString().slice(0, 10)
  await run(runGenerate, `--users 80 --days 40 --seed 6 --until ${until}`)

  const days = await sql<{ dau: number; new_users: number; carts_created: number }>(`
    SELECT date, dau, new_users, carts_created, total_gmv
    FROM daily_stats
    WHERE date >= CURRENT_DATE - 7
    ORDER BY date;`)
  const sources = await sql<{ source: string; users: string; new_users: string }>(`
    SELECT
        metadata->>'source' AS source,
        COUNT(*) AS users,
        COUNT(CASE WHEN (metadata->>'is_new_user')::boolean THEN 1 END) AS new_users
    FROM user_events
    WHERE event_type = 'bot_start'
      AND created_at >= CURRENT_DATE - 30
    GROUP BY metadata->>'source'
    ORDER BY users DESC;`)

  const report = JSON.parse(await run(runReport, `summary --period 8d --until ${until} --json`, today))
  expect(days.reduce((sum, day) => sum + day.carts_created, 0)).toBe(report.carts)
  expect(days.reduce((sum, day) => sum + day.new_users, 0)).toBe(report.new_users)
  const [raw] = await sql<{ starts: string; firsts: string }>(`
    select count(*) as starts, count(*) filter (where created_at = u.started_at and not u.started_before_erasure) as firsts
    from user_events join users u using (user_id)
    where event_type = 'bot_start' and created_at >= current_date - 30`)
  expect(sources.reduce((sum, row) => sum + Number(row.users), 0)).toBe(Number(raw?.starts))
  expect(sources.reduce((sum, row) => sum + Number(row.new_users), 0)).toBe(Number(raw?.firsts))
})
