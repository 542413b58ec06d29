import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createReaders } from './readers.ts'

const password = 'reader-password-of-a-test'

/** A reader of a role of its own, and a client that is logged in as it. */
async function setup() {
  const { url, sql } = await createTestDatabase()
  const role = `reader_${randomUUID().slice(0, 8)}`
  onTestFinished(async () => {
    await sql(`drop owned by ${role}`)
    await sql(`drop role ${role}`)
  })
  const as = async (secret: string) => {
    const address = new URL(url)
    address.username = role
    address.password = secret
    const client = new pg.Client({ connectionString: address.href })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }
  return { url, sql, role, as }
}

test('a reader reads every table and view of the schema analytics', async () => {
  const { url, sql, role, as } = await setup()

  await createReaders(url, [{ role, password }])

  const reader = await as(password)
  const relations = await sql<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'analytics'",
  )
  expect(relations.length).toBeGreaterThan(5)
  for (const { name } of relations) await reader.query(`select * from analytics.${name} limit 1`)
})

test('a reader reads no user data, writes nothing, and cannot give itself more', async () => {
  const { url, sql, role, as } = await setup()

  await createReaders(url, [{ role, password }])

  const reader = await as(password)
  const tables = await sql<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  )
  expect(tables.map(({ name }) => name)).toContain('users')
  for (const { name } of tables) await expect(reader.query(`select * from public.${name}`)).rejects.toThrow(/denied/)
  for (const statement of [
    'select * from public.user_record(7)',
    'create table public.mine (a int)',
    'create table analytics.mine (a int)',
    'set default_transaction_read_only = off; delete from analytics.day_totals',
    "update analytics.day_totals set source = 'habr'",
    'drop table analytics.day_totals',
  ])
    await expect(reader.query(statement), statement).rejects.toThrow(/denied|read-only/)
})

test('a reader that asks for a transaction which may write still finds nothing to lock, write or fill', async () => {
  const { url, role, as } = await setup()

  await createReaders(url, [{ role, password }])

  const reader = await as(password)
  for (const statement of [
    "select pg_advisory_lock(hashtext('rollups'))",
    'select pg_try_advisory_lock(1)',
    'select pg_advisory_xact_lock(1, 2)',
    'select pg_try_advisory_xact_lock_shared(1)',
    'select pg_advisory_unlock_all()',
    'create temporary table mine (a int)',
    'select lo_create(0)',
    'select lo_creat(-1)',
    "select lo_from_bytea(0, 'x')",
    "select pg_logical_emit_message(false, 'a', repeat('x', 1000))",
    'lock table analytics.day_totals in access exclusive mode',
    'create table analytics.mine (a int)',
    'create schema mine',
  ]) {
    await reader.query('begin read write')
    await expect(reader.query(statement), statement).rejects.toThrow(/denied/)
    await reader.query('rollback')
  }
  const { rows } = await reader.query("select current_setting('statement_timeout') as limit")
  expect(rows).toEqual([{ limit: '15s' }])
})

test('what the bot itself needs of these rights it keeps, and a second start changes nothing', async () => {
  const { url, sql, role } = await setup()
  await createReaders(url, [{ role, password }])

  expect(await createReaders(url, [{ role, password }])).toEqual([])

  expect(await sql('select pg_try_advisory_xact_lock(1) as taken')).toEqual([{ taken: true }])
})

test('a reader reads dates as ISO and times in UTC, whatever the server is set to', async () => {
  const { url, sql, role, as } = await setup()
  await sql(`alter database ${new URL(url).pathname.slice(1)} set datestyle = 'German, DMY'`)
  await sql(`alter database ${new URL(url).pathname.slice(1)} set timezone = 'Pacific/Kiritimati'`)

  await createReaders(url, [{ role, password }])

  const { rows } = await (await as(password)).query(
    "select '2026-03-10'::date::text as day, '2026-03-10T09:00:00Z'::timestamptz::text as at",
  )
  expect(rows).toEqual([{ day: '2026-03-10', at: '2026-03-10 09:00:00+00' }])
})

test('no column the readers see identifies a user', async () => {
  const { sql } = await createTestDatabase()

  const columns = await sql<{ column_name: string }>(
    "select column_name from information_schema.columns where table_schema = 'analytics'",
  )

  expect(columns.map(c => c.column_name).filter(name => /user_id|_by$|name|feedback/.test(name))).toEqual([])
})

test('a second start changes the password, and the old one is refused', async () => {
  const { url, role, as } = await setup()
  await createReaders(url, [{ role, password }])

  await createReaders(url, [{ role, password: 'another-password-of-a-test' }])

  await expect(as(password)).rejects.toThrow(/password/)
  await as('another-password-of-a-test')
})

test('a database user who may not create roles is a problem with its reason, and nothing else fails', async () => {
  const { url, role, as } = await setup()
  await createReaders(url, [{ role, password }])
  await as(password)
  const weak = new URL(url)
  weak.username = role
  weak.password = password
  weak.searchParams.set('options', '-c default_transaction_read_only=off')

  const refused = await createReaders(weak.href, [{ role: 'grafana_reader', password }])

  expect(refused).toEqual([{ role: 'grafana_reader', password, problem: expect.stringContaining('may not create') }])
})
