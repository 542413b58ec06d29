import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { countChange, showChange } from '../../src/analytics/change.ts'
import { demoAssumptions } from '../../src/analytics/demo/expected-money.ts'
import type { ExpectedReports } from '../../src/analytics/demo/expected-reports.ts'
import { summaryNumbers } from '../../src/analytics/dictionary.ts'
import { count, percent, rub } from '../../src/analytics/show.ts'
import { pmfAnswers } from '../../src/events/catalogue.ts'
import { createTestDatabase } from '../../test/support/database.ts'
import { generatedMonth, until } from '../../test/support/generated-month.ts'
import { dashboards } from './all.ts'
import { runningSuffix } from './lib/days.ts'
import { features, pmf, sources, stages } from './lib/labels.ts'
import { expandSql, type PanelQuery, panelQueries } from './lib/panel-queries.ts'

const queries = dashboards.flatMap(panelQueries).filter(({ language }) => language === 'sql')

type Row = Record<string, unknown>
interface Reader {
  ask(query: PanelQuery, variables?: Record<string, string>): Promise<Row[]>
  /** The answer of the panel of that name. */
  panel(title: string, variables?: Record<string, string>): Promise<Row[]>
  /** That of the graph of days of that name: a tile may have the same. */
  graph(title: string): Promise<Row[]>
  expected: ExpectedReports
  sql: <R extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<R[]>
}

/** A generated month, read as Grafana reads it: by the role that sees the schema analytics alone. */
async function setup(): Promise<Reader> {
  const { reader, range, expected, sql } = await generatedMonth()
  const ask: Reader['ask'] = async (query, variables) =>
    (await reader.query<Row>(expandSql(query.text, range, variables))).rows.map(plain)
  return {
    ask,
    panel: (title, variables) => ask(find(title), variables),
    graph: title => ask(find(title, ({ text }) => text.includes(runningSuffix))),
    expected,
    sql,
  }
}

function find(title: string, which: (query: PanelQuery) => boolean = () => true): PanelQuery {
  const query = queries.find(one => one.where.includes(`/ ${title} /`) && which(one))
  if (query === undefined) throw new TypeError(`no panel ${title}`)
  return query
}

/** Numbers of any kind as numbers, rounded to what a division agrees on everywhere. */
const plain = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? round(Number(value)) : value,
    ]),
  )
const round = (value: number | null) => (value === null ? null : Number(value.toPrecision(9)))
const wholePercent = (part: number, whole: number) => `${Math.round((part / whole) * 100)} %`
const ratio = (part: number, whole: number | undefined) => (whole ? round(part / whole) : null)
const inPercent = (part: number, whole: number | undefined) => (whole ? round((100 * part) / whole) : null)

test('there are panels over SQL on most dashboards', () => {
  expect(new Set(queries.map(({ dashboard }) => dashboard))).toEqual(
    new Set(['bot-overview', 'bot-funnel', 'bot-sources', 'bot-business', 'bot-reconcile', 'bot-request']),
  )
})

test('every query answers the reader, with a sorted column time where the panel is a graph', async () => {
  const { ask } = await setup()

  for (const query of queries) {
    const rows = await ask(query)
    if (query.target.format !== 'time_series' || rows.length === 0) continue
    const times = rows.map(({ time }) => (time instanceof Date ? time.getTime() : Number.NaN))
    expect(times, query.where).toEqual(times.toSorted((a, b) => a - b))
    expect(times.every(Number.isFinite), query.where).toBe(true)
  }
})

const plainText = (text: unknown) => String(text).replaceAll(/\s/g, ' ')
/** The days of two columns of a panel put together again: the finished days and the running one. */
const days = (rows: Row[], name: string) => rows.map(row => row[name] ?? row[`${name}${runningSuffix}`])

test('the overview shows the numbers of the chat for the same days, beside those of the period before', async () => {
  const { panel, expected } = await setup()

  const rows = await panel('Период и такой же до него')
  const tile = await panel('GMV (оценка)')

  const { summary } = expected
  const shown = Object.fromEntries(rows.map(row => [row.Число, plainText(row['За период'])]))
  expect(shown).toMatchObject(
    Object.fromEntries(
      summaryNumbers
        .filter(({ key }) => key !== 'errors')
        .map(({ label, show }) => [label, plainText(show(summary)).replace(/ \(n=.*/, '')]),
    ),
  )
  expect(shown).toMatchObject({
    Ошибки: String(summary.errors),
    'Доля ошибок': plainText(percent(summary.error_share)),
  })
  const carts = rows.find(({ Число }) => Число === 'Создано')
  expect(plainText(carts?.['За период до'])).toBe(count(summary.previous?.carts ?? null))
  expect(plainText(carts?.Изменение)).toBe(
    plainText(showChange(countChange(summary.carts, summary.previous?.carts ?? null))),
  )
  expect(plainText(tile.at(-1)?.metric)).toMatch(new RegExp(`^${plainText(rub(summary.gmv))} [▲▼≈]`))
  expect(tile.map(({ value }) => value)).toEqual(expected.daily.map(({ gmv }) => round(gmv)))
  expect(summary.carts).toBeGreaterThan(50)
})

test('days are those of the time zone, and their numbers those of the report', async () => {
  const { graph, expected } = await setup()

  const users = await graph('DAU, новые, сессии')
  const [gmv, cost] = [await graph('GMV (оценка)'), await graph('Рубли модели на пользователя')]

  const at = (date: string) => new Date(`${date}T00:00:00+03:00`)
  expect(users.map(({ time }) => time)).toEqual(expected.daily.map(({ date }) => at(date)))
  expect(days(users, 'DAU')).toEqual(expected.daily.map(({ dau }) => dau))
  expect(days(gmv, 'GMV')).toEqual(expected.daily.map(({ gmv: sum }) => round(sum / 1000)))
  expect(days(cost, 'На пользователя')).toEqual(
    expected.daily.map(d => (d.dau === 0 ? null : ratio(d.cost_rub, d.dau))),
  )
})

test('the running day is a series of its own: dotted with the day before it, a hollow bar alone', async () => {
  const { graph, sql } = await setup()
  await sql(
    `create or replace function analytics.today() returns date language sql stable as $$ select date '${until}' $$`,
  )

  const [dau, carts] = [await graph('DAU, новые, сессии'), await graph('Корзины')]

  const known = (rows: Row[], name: string) => rows.flatMap((row, i) => (row[name] === null ? [] : [rows.length - i]))
  expect([known(dau, 'DAU').at(-1), known(dau, `DAU${runningSuffix}`)]).toEqual([2, [2, 1]])
  expect([known(carts, 'Корзины').at(-1), known(carts, `Корзины${runningSuffix}`)]).toEqual([2, [1]])
})

test('the funnel shows the stages with their shares, of all users and of one source', async () => {
  const { panel, expected } = await setup()

  for (const { source, stages: steps, previous } of expected.funnel_by_source.concat(expected.funnel)) {
    const rows = await panel('Конверсия и потери', { source: source ?? 'all' })
    expect(rows.map(({ Изменение, ...row }) => row)).toEqual(
      steps.map(({ stage, users }, i) => ({
        Этап: stages[stage],
        Людей: users,
        'От пред.': i === 0 ? null : inPercent(users, steps[i - 1]?.users),
        'От нач.': inPercent(users, steps[0]?.users),
        Ушли: i === steps.length - 1 ? null : users - (steps[i + 1]?.users ?? 0),
        Раньше: previous?.stages[i]?.users ?? null,
      })),
    )
    expect(rows.map(({ Изменение }) => plainText(Изменение)).join()).toMatch(/[▲▼≈]/)
  }
})

test('sources, cohorts, retention, survey and searches are those of the report', async () => {
  const { panel, expected } = await setup()

  const sourceRows = await panel('Источники и такой же период до этого')
  const moneyRows = await panel('Корзины и деньги источников')
  const cohorts = await panel('Недельные когорты: доля активных по неделям')
  const returning = await panel('Возвращаются')
  const answers = await panel('Если бот исчезнет (опрос)')
  const useful = await panel('Самое полезное (опрос)')
  const searches = await panel('Что ищут')

  expect(sourceRows.map(row => [row.Источник, row.Людей, row['С корзиной']])).toEqual(
    expected.sources.map(s => [sources[s.source], s.users, inPercent(s.with_cart, s.users)]),
  )
  expect(moneyRows.map(row => [row['GMV (оценка), ₽'], row['Модель, ₽']])).toEqual(
    expected.sources.map(s => [round(s.gmv), round(s.cost_rub)]),
  )
  expect(cohorts.map(row => [row['Неделя с'], row.Новых, row[0], row[1]])).toEqual(
    expected.cohorts.map(({ week, size, active }) => [
      week.split('-').reverse().join('.'),
      size,
      wholePercent(active[0] ?? 0, size),
      active[1] === undefined ? null : wholePercent(active[1], size),
    ]),
  )
  expect([days(returning, 'D1'), days(returning, 'D7')]).toEqual([
    expected.retention.map(({ cohort, d1 }) => (d1 === null ? null : inPercent(d1, cohort))),
    expected.retention.map(({ cohort, d7 }) => (d7 === null ? null : inPercent(d7, cohort))),
  ])
  const counted = (rows: Row[], name: string) => Object.fromEntries(rows.map(row => [row[name], row.Людей]))
  const wanted = (numbers: Record<string, number>, labels: Record<string, string>) =>
    Object.fromEntries(Object.entries(numbers).flatMap(([key, n]) => (n === 0 ? [] : [[labels[key], n]])))
  const answered = (group: string) => Object.fromEntries(answers.map(row => [row.Ответ, row[group]]))
  const labelledAnswers = (numbers: Record<keyof typeof pmf, number>) =>
    Object.fromEntries(answers.map(({ Ответ }) => [Ответ, ofAnswer(numbers, Ответ)]))
  const ofAnswer = (numbers: Record<keyof typeof pmf, number>, label: unknown) =>
    numbers[pmfAnswers.find(answer => pmf[answer] === label) ?? 'not']
  expect(answered('Людей')).toEqual(labelledAnswers(expected.survey.pmf))
  expect(answered('Вне PMF')).toEqual(labelledAnswers(expected.survey.others))
  expect(counted(useful, 'Что')).toEqual(wanted(expected.survey.useful, features))
  expect(searches.slice(0, 10).map(row => [row.Запрос, row.Поисков])).toEqual(
    expected.searches.slice(0, 10).map(row => [row.query, row.searches]),
  )
})

test('income and costs are those of the report, and empty while no partner percent is known', async () => {
  const { panel, expected, sql } = await setup()
  const { affiliatePercent, orderPercent } = demoAssumptions
  const title = 'Доход и расход, ₽: всё, источники, ссылки, недели'

  const before = await panel(title)
  await sql('insert into analytics.money_settings values (true, $1, $2)', [affiliatePercent, orderPercent])
  const after = await panel(title)

  const columns = ['Корзин', 'С меткой', 'GMV (оценка)', 'Модель', 'Доход от', 'Доход', 'Доход до', 'Итог']
  expect(after.map(row => columns.map(column => row[column]))).toEqual(
    expected.money.rows.map(row => [
      ...[row.carts, row.labelled_carts, round(row.gmv), round(row.cost_rub)],
      ...[round(row.income_low), round(row.income), round(row.income_high), round(row.margin)],
    ]),
  )
  const names = (of: string) => after.flatMap(({ Чего, Кто }) => (Чего === of ? [Кто] : []))
  expect(names('Всё')).toEqual([null])
  expect(names('Источник').toSorted()).toEqual(Object.values(sources).toSorted())
  expect(names('Неделя /start').join()).toMatch(/^(\d\d\.\d\d\.\d{4},?|без \/start,?)+$/)
  expect(before.map(row => [row.Корзин, row.Доход])).toEqual(after.map(row => [row.Корзин, null]))
})

test('the events of a request are shown without the user, and what they wrote stays where it is', async () => {
  const { panel, sql } = await setup()
  await sql(
    `insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
     values (gen_random_uuid(), 77001, 'product_search', '{"query": "секретный запрос", "results_count": 3}', $1, 'REQUEST00001'),
            (gen_random_uuid(), 77001, 'bot_start', '{"source": "referral", "referrer_id": 77002}', $1, 'REQUEST00001')`,
    [new Date(`${until}T12:00:00Z`)],
  )

  const found = await panel('События этого запроса', { request_id: 'REQUEST00001' })
  const none = await panel('События этого запроса')

  expect(found.map(row => [row.Событие, row.Подробности]).sort()).toEqual([
    ['Запуск бота', 'source=referral'],
    ['Поиск товара', 'results_count=3'],
  ])
  expect(JSON.stringify(found)).not.toMatch(/77001|77002|секретный/)
  expect(none).toEqual([])
})

test('what an operator types into a variable stays a value', async () => {
  const { panel } = await setup()

  const rows = await panel('События этого запроса', { request_id: "'; select version(); --" })

  expect(rows).toEqual([])
})

test('the reconciliation of a day is shown, and what differs stands alone', async () => {
  const { panel, sql } = await setup()
  await sql(
    `insert into reconciliation values ($1, 'carts', 5, 5, 5, 0, null, now()), ($1, 'messages', 9, 8, 9, -1, 'restart', now())`,
    [until],
  )

  const all = await panel('Числа по дням')
  const differing = await panel('Дни, в которые не сошлось')

  expect(all.map(row => [row.День, row.Число, row.PostgreSQL, row.Loki])).toEqual([
    ['10.03.2026', 'Корзины', 5, 5],
    ['10.03.2026', 'Сообщения', 9, 8],
  ])
  expect(differing).toMatchObject([{ Число: 'Сообщения', Расхождение: -1 }])
})

test('an empty database is answered by every panel without an error', async () => {
  const { url } = await createTestDatabase()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  const range = { from: new Date(Date.now() - 86_400_000), to: new Date() }

  for (const { text } of queries) await client.query(expandSql(text, range))
})
