import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { StartupError } from '../errors.ts'
import { migrate } from './migrate.ts'

test('two bots that start concurrently migrate once', async () => {
  const { url, sql } = await createTestDatabase()
  await sql('drop schema public cascade')
  await sql('create schema public')
  await sql('drop schema if exists analytics cascade')

  const applied = await Promise.all([migrate(url), migrate(url), migrate(url)])

  expect(applied.flat().length).toBeGreaterThan(3)
  expect(new Set(applied.flat()).size).toBe(applied.flat().length)
})

test('a wrong password is refused immediately with the setting to look at', async () => {
  const url = new URL(inject('templateUrl'))
  url.password = 'wrong-and-secret'

  const failure = await migrate(url.href).catch(err => err)

  expect(failure).toBeInstanceOf(StartupError)
  expect(failure.message).toContain('DATABASE_URL')
  expect(failure.message).not.toContain('secret')
})

test('a database of another line of migrations is left alone, with a sentence', async () => {
  const { url, sql } = await createTestDatabase()
  await sql("insert into schema_migrations (name, run_on) values ('009_dashboards', now())")

  const failure = await migrate(url).catch(err => err)

  expect(failure).toBeInstanceOf(StartupError)
  expect(failure.message).toContain('009_dashboards')
})

test('the daily table has the columns of the plan', async () => {
  const { sql } = await createTestDatabase()

  const columns = await sql<{ column_name: string }>(
    "select column_name from information_schema.columns where table_name = 'daily_stats' and table_schema = 'public'",
  )

  expect(columns.map(c => c.column_name)).toEqual(
    expect.arrayContaining([
      'date',
      'dau',
      'new_users',
      'sessions',
      'carts_created',
      'total_gmv',
      'searches',
      'errors',
      'tokens_used',
      'tokens_cost_rub',
    ]),
  )
})
