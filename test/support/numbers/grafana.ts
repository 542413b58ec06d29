import { expect } from 'vitest'
import { sources as sourceLabels } from '../../../grafana/dashboards/lib/labels.ts'
import { type Place, type Row, same } from './place.ts'
import * as written from './written.ts'

/** The functions of the schema `analytics`, asked by the role of Grafana. */
export async function sqlAgrees(place: Place, today: string): Promise<void> {
  const { expected, period, ask } = place
  const days = [period.from, period.to]
  const shows = async (where: string, text: string, wanted: unknown, more: unknown[] = []) =>
    same(place, `SQL ${where}`, await ask(text, [...days, ...more]), wanted)
  const { from: _f, to: _t, previous: _p, retention_d1: d1, retention_d7: d7, ...summary } = expected.summary

  await shows('summary', 'select * from analytics.summary($1, $2)', [
    {
      ...summary,
      ...{ retention_d1_returned: d1.returned, retention_d1_cohort: d1.cohort },
      ...{ retention_d7_returned: d7.returned, retention_d7_cohort: d7.cohort },
    },
  ])
  for (const { source, stages, open } of [expected.funnel, ...expected.funnel_by_source]) {
    const where = `funnel ${source ?? 'all'}`
    await shows(where, 'select stage, users from analytics.funnel($1, $2, $3)', stages, [source])
    await shows(where, 'select analytics.funnel_open($1, $2, $3) as open', [{ open }], [source])
  }
  await shows(
    'funnel_window',
    'select stage, users from analytics.funnel_window($1, $2, null, 7, $3)',
    expected.funnel_window.stages,
    [today],
  )
  await shows('sources', 'select * from analytics.sources($1, $2)', expected.sources)
  await shows('campaigns', 'select * from analytics.campaigns($1, $2)', expected.campaigns)
  await shows('money', 'select * from analytics.unit_economics($1, $2)', expected.money.rows)
  await shows('searches', 'select * from analytics.searches($1, $2)', expected.searches)
  await shows('ratings', 'select * from analytics.cart_ratings($1, $2)', expected.ratings)
  await shows(
    'experiment',
    'select *, first_day::text as first_day, last_day::text as last_day from analytics.experiment($1, $2)',
    expected.prompts,
  )
  await shows(
    'errors',
    'select error_type, upstream, errors, users from analytics.errors($1, $2)',
    expected.errors.kinds.map(({ first_at: _a, last_at: _b, ...kind }) => kind),
  )
  await shows('failed users', 'select analytics.failed_users($1, $2) as users', [{ users: expected.errors.users }])
  await shows(
    'churn',
    'select day::text as day, source, step, blocks, unblocks from analytics.churn($1, $2)',
    expected.churn,
  )
  await shows(
    'retention',
    'select day::text as day, cohort, d1, d7 from analytics.retention($1, $2)',
    expected.retention,
  )
}

/** Tables and tiles of the dashboards, by the SQL that stands in them. */
export async function panelsAgree(place: Place): Promise<void> {
  const { expected, panel } = place
  const cells = (rows: Row[], ...columns: string[]) => rows.map(row => columns.map(column => row[column] ?? null))
  const shows = (where: string, actual: unknown[][], wanted: unknown[][]) =>
    same(place, `Grafana ${where}`, actual, wanted)
  const inPercent = (part: number, whole: number | undefined) => (whole ? (100 * part) / whole : null)

  const overview = await panel('Период и такой же до него')
  const shown = new Map(
    written.spaced(cells(overview, 'Число', 'За период').map(row => row.map(String))) as [string, string][],
  )
  for (const [label = '', text = ''] of written.spaced(written.summaryTexts(expected.summary)).slice(0, -1))
    expect.soft(shown.get(label), `${place.message}, Grafana ${label}`).toBe(text.replace(/ \(n=.*/, ''))
  for (const { source, stages } of [expected.funnel, ...expected.funnel_by_source]) {
    const rows = await panel('Конверсия и потери', { source: source ?? 'all' })
    shows(
      `funnel ${source ?? 'all'}`,
      cells(rows, 'Людей', 'От пред.', 'От нач.'),
      stages.map(({ users }, i) => [
        users,
        i === 0 ? null : inPercent(users, stages[i - 1]?.users),
        inPercent(users, stages[0]?.users),
      ]),
    )
  }
  shows(
    'sources',
    cells(await panel('Источники и такой же период до этого'), 'Источник', 'Людей', 'Новых', 'С корзиной'),
    expected.sources.map(s => [sourceLabels[s.source], s.users, s.new_users, inPercent(s.with_cart, s.users)]),
  )
  shows(
    'money of sources',
    cells(await panel('Корзины и деньги источников'), 'Корзин', 'Первых корзин', 'GMV (оценка), ₽', 'Модель, ₽'),
    expected.sources.map(s => [s.carts, s.first_carts, s.gmv, s.cost_rub]),
  )
  shows(
    'campaigns',
    cells(
      await panel('Что принесла каждая ссылка'),
      'Запусков',
      'Новых',
      'Первых корзин',
      'GMV (оценка), ₽',
      'Модель, ₽',
    ),
    expected.campaigns.map(c => [c.starts, c.new_users, c.first_carts, c.gmv, c.cost_rub]),
  )
  shows(
    'money',
    cells(await panel('Доход и расход, ₽: всё, источники, ссылки, недели'), 'Корзин', 'Доход', 'Итог'),
    expected.money.rows.map(row => [row.carts, row.income, row.margin]),
  )
  const rated = new Map<string | null, { n: number; up: number }>()
  for (const { prompt_version, rating, carts } of expected.ratings) {
    const { n, up } = rated.get(prompt_version) ?? { n: 0, up: 0 }
    rated.set(prompt_version, { n: n + carts, up: up + (rating === 'up' ? carts : 0) })
  }
  const ratings = cells(await panel('Оценки корзин по версии промпта'), 'Версия', 'Оценок', 'Доля 👍')
  shows(
    'ratings',
    ratings.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    [...rated].map(([version, { n, up }]) => [version, n, inPercent(up, n)]),
  )
  shows(
    'errors',
    cells(await panel('Ошибки по видам'), 'Ошибок', 'Людей'),
    expected.errors.kinds.map(({ errors, users }) => [errors, users]),
  )
  shows(
    'cohorts',
    cells(await panel('Недельные когорты: доля активных по неделям'), 'Неделя с', 'Новых'),
    expected.cohorts.map(({ week, size }) => [week.split('-').reverse().join('.'), size]),
  )
  shows(
    'searches',
    cells(await panel('Что ищут'), 'Запрос', 'Поисков', 'Людей', 'Пусто'),
    expected.searches.map(row => [row.query, row.searches, row.users, row.empty]),
  )
}
