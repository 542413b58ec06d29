import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { test } from 'vitest'
import { dashboards } from '../grafana/dashboards/all.ts'
import { expandSql, panelQueries } from '../grafana/dashboards/lib/panel-queries.ts'
import { createAnalytics } from '../src/analytics/analytics.ts'
import { demoAssumptions } from '../src/analytics/demo/expected-money.ts'
import type { ExpectedReports } from '../src/analytics/demo/expected-reports.ts'
import { writeHistory } from '../src/analytics/demo/history.ts'
import { addDays, type Period } from '../src/analytics/period.ts'
import { runReport } from '../src/cli/report.ts'
import { createTestDatabase } from './support/database.ts'
import { connectGrafanaReader } from './support/grafana-reader.ts'
import { chatAgrees } from './support/numbers/chat.ts'
import { panelsAgree, sqlAgrees } from './support/numbers/grafana.ts'
import type { Place, Row } from './support/numbers/place.ts'
import { pageAgrees, reportAgrees } from './support/numbers/report.ts'

const seeds = Number(process.env.NUMBERS_SEEDS ?? 3)
const timeZone = 'Europe/Moscow'
const until = '2026-03-10'
const history = { users: 25, days: 40, until, timeZone, cartLimit: 2, surveyBonus: 2 }
const panels = dashboards.flatMap(panelQueries)

test(`the chat, the report, its page, SQL and Grafana show the numbers of ${seeds} known histories`, async () => {
  const { url, db, sql } = await createTestDatabase(new Date(`${until}T12:00:00Z`))
  const { affiliatePercent, orderPercent } = demoAssumptions
  await sql('insert into analytics.money_settings values (true, $1, $2)', [affiliatePercent, orderPercent])
  const reader = await connectGrafanaReader({ url, sql })
  const dir = mkdtempSync(join(tmpdir(), 'numbers-'))

  for (let seed = 1; seed <= seeds; seed++) {
    // every other history ends with the running day
    const today = seed % 2 === 0 ? until : addDays(until, 1)
    const now = new Date(`${today}T20:59:30Z`)
    await sql(
      `create or replace function analytics.today() returns date language sql stable as $$ select date '${today}' $$`,
    )
    const { periods } = await writeHistory(url, { ...history, seed }, now)
    const analytics = createAnalytics({ db, timeZone, now: () => now })
    await analytics.refresh()
    const margins = marginsOf(periods[`${history.days}d`])
    const run = (line: string) => report(line, { url, dir, now })

    for (const name of ['week', 'month']) {
      const expected = periods[name]
      if (expected === undefined) throw new TypeError(`the generator has no ${name}`)
      const { from, to } = expected.summary
      const cohorts = periods['84d']?.cohorts ?? []
      const place = {
        expected,
        period: { from, to },
        timeZone,
        margins,
        cohorts,
        analytics,
        dir,
        run,
        message: `seed ${seed}, ${name}`,
      }
      const grafana = grafanaOf(reader, place.period)
      await chatAgrees({ ...place, ...grafana }, today)
      await reportAgrees({ ...place, ...grafana }, name)
      await pageAgrees({ ...place, ...grafana }, name)
      await sqlAgrees({ ...place, ...grafana }, today)
      await panelsAgree({ ...place, ...grafana })
    }
  }
}, 3_600_000)

const marginsOf = (all: ExpectedReports | undefined) =>
  new Map((all?.money.rows ?? []).flatMap(row => (row.dimension === 'campaign' ? [[row.key, row.margin]] : [])))

async function report(line: string, { url, dir, now }: { url: string; dir: string; now: Date }): Promise<string> {
  const { affiliatePercent, orderPercent } = demoAssumptions
  const lines: string[] = []
  await runReport({
    args: line.split(' '),
    env: {
      DATABASE_URL: url,
      DATA_DIR: dir,
      AFFILIATE_PERCENT: String(affiliatePercent),
      ORDER_CONVERSION_PERCENT: String(orderPercent),
    },
    out: text => void lines.push(text),
    note: () => undefined,
    now: () => now,
  })
  return lines.join('\n')
}

function grafanaOf(reader: pg.Client, { from, to }: Period): Pick<Place, 'panel' | 'ask'> {
  const range = { from: new Date(`${from}T00:00:00+03:00`), to: new Date(`${to}T23:59:59+03:00`) }
  const ask = async (text: string, values: unknown[] = []) =>
    (await reader.query<Row>(text, values)).rows.map(row =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])),
    )
  return {
    ask,
    panel: (title, variables) => {
      const query = panels.find(({ where, language }) => language === 'sql' && where.includes(`/ ${title} /`))
      if (query === undefined) throw new TypeError(`no panel ${title}`)
      return ask(expandSql(query.text, range, variables))
    },
  }
}
const plain = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
