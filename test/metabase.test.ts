import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createAnalytics } from '../src/analytics/analytics.ts'
import { writeHistory } from '../src/analytics/demo/history.ts'
import { addDays, localDay } from '../src/analytics/period.ts'
import { createTestDatabase } from './support/database.ts'

const timeZone = 'Europe/Moscow'
const page = readFileSync(new URL('../docs/metabase.md', import.meta.url), 'utf8')
const questions = [...page.matchAll(/```sql\n([^`]+)```/g)].map(([, sql = '']) => sql)

/** As Metabase fills its variables in; a part in double brackets goes with its variable. */
const fillIn = (sql: string, source: string | null) =>
  sql
    .replaceAll('{{days}}', '30')
    .replace(/\[\[(.*?)\]\]/g, source === null ? '' : '$1')
    .replaceAll('{{source}}', `'${source}'`)

test('the page has every question of the three dashboards', () => {
  expect(questions).toHaveLength(10)
  expect(page).toMatch(/Daily overview[\s\S]*Funnel[\s\S]*Sources of traffic/)
})

test('every question on the page is answered, with the numbers of the chat', async () => {
  const { url, db, sql } = await createTestDatabase()
  const now = new Date()
  const until = addDays(localDay(now, timeZone), -1)
  await writeHistory(url, { users: 60, days: 40, seed: 5, until, timeZone, cartLimit: 3, surveyBonus: 2 }, now)
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  const period = { from: addDays(until, -28), to: addDays(until, 1) }
  const [summary, funnel] = [await analytics.summary(period), await analytics.funnel(period)]

  const answers: Record<string, unknown>[][] = []
  for (const question of questions) {
    answers.push(await sql(fillIn(question, null)))
    await sql(fillIn(question, 'habr'))
  }

  expect(answers.map(rows => rows.length > 0)).toEqual(answers.map(() => true))
  const [, , average, , everything, stages] = answers
  expect(Number(average?.[0]?.['Средний чек, ₽'])).toBe(Math.round(summary.avg_cart ?? 0))
  expect(Number(everything?.[0]?.Активных)).toBe(summary.active_users)
  expect(stages?.map(row => Number(row.users))).toEqual(funnel.stages.map(({ users }) => users))
})
