import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { describeNumbers } from './describe-numbers.ts'
import { funnelDefinition, tableNumbers } from './dictionary.ts'

test('every column of the daily views has its definition as comment, when several bots start concurrently', async () => {
  const database = await createTestDatabase()

  await Promise.all([describeNumbers(database.db), describeNumbers(database.db), describeNumbers(database.db)])

  const described = await database.sql<{ view: string; name: string; text: string | null }>(`
    select c.relname as view, a.attname as name, col_description(c.oid, a.attnum) as text
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.oid in ('analytics.daily'::regclass, 'analytics.daily_by_source'::regclass)`)
  const expected = tableNumbers
    .filter(({ kind }) => kind === 'view')
    .flatMap(({ name: view, columns }) => Object.entries(columns).map(([name, text]) => ({ view, name, text })))
  const order = (a: { view: string; name: string }, b: { view: string; name: string }) =>
    `${a.view}.${a.name}`.localeCompare(`${b.view}.${b.name}`)
  expect(described.toSorted(order)).toEqual(expected.toSorted(order))
})

test('every function has its definition as comment', async () => {
  const database = await createTestDatabase()

  await describeNumbers(database.db)

  const [funnel] = await database.sql<{ text: string }>(
    `select obj_description('analytics.funnel'::regproc, 'pg_proc') as text`,
  )
  expect(funnel?.text).toBe(funnelDefinition)
})
