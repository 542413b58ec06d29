import { expect, test } from 'vitest'
import { createTestDatabase } from '../../../test/support/database.ts'
import { createAnalytics } from '../../analytics/analytics.ts'
import { showShortChange } from '../../analytics/change.ts'
import { type Charts, createCharts } from '../../analytics/charts/charts.ts'
import { dailyChart } from '../../analytics/charts/daily-chart.ts'
import { funnelChart } from '../../analytics/charts/funnel-chart.ts'
import { writeHistory } from '../../analytics/demo/history.ts'
import { createAdminReports } from './admin-reports.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-10T09:00:00Z')

test('a picture has the changes of the text: of the totals of days, and of the steps of the funnel', async () => {
  const { url, db } = await createTestDatabase(now)
  await writeHistory(
    url,
    { users: 120, days: 40, seed: 5, until: '2026-03-09', timeZone, cartLimit: 3, surveyBonus: 2 },
    now,
  )
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  const drawn: string[] = []
  const picture = (svg: string) => Promise.resolve(Buffer.from(String(drawn.push(svg))))
  const charts: Charts = {
    ...createCharts(),
    daily: (days, frame) => {
      for (const change of Object.values(frame.changes ?? {})) if (change) drawn.push(showShortChange(change))
      return picture(dailyChart(days, frame))
    },
    funnel: (funnel, frame) => picture(funnelChart(funnel, frame)),
  }
  const reports = createAdminReports({
    ...{ analytics, charts, orderShare: 0.3, hasDemoHistory: true, numberFormat: 'russian', funnelWindowDays: 7 },
  })

  const answers = [await reports.analytics('week'), await reports.funnel('week')]
  for (const { picture: of } of answers) await of?.draw()

  const [dau, carts, gmv, days = '', funnel = ''] = drawn
  for (const change of [dau, carts, gmv]) {
    expect(change).toMatch(/^[▲▼≈]/)
    expect(JSON.stringify(answers[0]?.text)).toContain(change)
  }
  expect(days.match(/[▲▼≈]/g)).toHaveLength(3)
  expect(funnel).toMatch(/[▲▼≈]/)
  for (const svg of [days, funnel]) expect(svg).toContain('день ещё идёт')
})
