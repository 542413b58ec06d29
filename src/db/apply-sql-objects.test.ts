import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { StartupError } from '../errors.ts'
import { applySqlObjects } from './apply-sql-objects.ts'
import { createReaders } from './readers.ts'
import { readSqlObjects, type SqlObject } from './sql-objects.ts'

async function setup() {
  const { url, sql } = await createTestDatabase()
  const connect = async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }
  const client = await connect()
  const apply = (...extra: SqlObject[]) => applySqlObjects(client, [...readSqlObjects(), ...extra])
  return { url, sql, connect, apply }
}

async function connectAs(url: string, role: string, password: string): Promise<pg.Client> {
  const address = new URL(url)
  address.username = role
  address.password = password
  const client = new pg.Client({ connectionString: address.href })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

const view = (columns: string): SqlObject => object('view', 'analytics.sample', `as select ${columns}`)
const fn = (signature: string, body: string, name = 'sample'): SqlObject =>
  object('function', name, `${signature} language sql as $$ ${body} $$`)
const object = (kind: SqlObject['kind'], name: string, rest: string): SqlObject => ({
  file: `test/sql/${kind}-${name}.sql`,
  kind,
  name,
  sql: `create or replace ${kind} ${name} ${rest}`,
  hash: rest,
})

test('nothing is applied again when nothing changed', async () => {
  const { apply } = await setup()

  expect(await apply()).toEqual([])
})

test('a changed text is applied, alone', async () => {
  const { apply, sql } = await setup()
  await apply(fn('() returns integer', 'select 1'))

  const applied = await apply(fn('() returns integer', 'select 2'))

  expect(applied).toEqual(['test/sql/function-sample.sql'])
  expect(await sql('select sample()')).toEqual([{ sample: 2 }])
})

test('other arguments or another result replace the function instead of standing beside it', async () => {
  const { apply, sql } = await setup()
  const user = fn('() returns bigint', 'select sample(1)::bigint', 'sample_user')
  await apply(fn('(a integer) returns integer', 'select a'), user)

  await apply(fn('(a integer, b integer default 5) returns text', 'select (a + b)::text'), user)

  expect(await sql('select sample(1)')).toEqual([{ sample: '6' }])
  expect(await sql("select count(*)::int from pg_proc where proname = 'sample'")).toEqual([{ count: 1 }])
  expect(await sql('select sample_user()')).toEqual([{ sample_user: '6' }])
})

test('a view that gets a column keeps its identity and what was granted on it', async () => {
  const { apply, sql } = await setup()
  await apply(view('1 as a'))
  await sql('grant select on analytics.sample to public')
  const before = await sql("select oid, relacl from pg_class where relname = 'sample'")

  await apply(view('1 as a, 2 as b'))

  expect(await sql("select oid, relacl from pg_class where relname = 'sample'")).toEqual(before)
  expect(await sql('select * from analytics.sample')).toEqual([{ a: 1, b: 2 }])
})

test('a view that loses a column is made anew, with what stands on it', async () => {
  const { apply, sql } = await setup()
  const reader = object('view', 'analytics.sample_reader', 'as select b from analytics.sample')
  await apply(view('1 as a, 2 as b'), reader)

  await apply(view('2 as b'), reader)

  expect(await sql('select * from analytics.sample_reader')).toEqual([{ b: 2 }])
})

test('a reader still reads a view that was made anew, and what stands on it', async () => {
  const { apply, sql, url } = await setup()
  const dependent = object('view', 'analytics.sample_reader', 'as select b from analytics.sample')
  await apply(view('1 as a, 2 as b'), dependent)
  const role = `reader_${randomUUID().slice(0, 8)}`
  onTestFinished(async () => {
    await sql(`drop owned by ${role}`)
    await sql(`drop role ${role}`)
  })
  await createReaders(url, [{ role, password: 'reader-password-of-a-test' }])
  const reader = await connectAs(url, role, 'reader-password-of-a-test')

  await apply(view('2 as b'), dependent)

  expect((await reader.query('select * from sample')).rows).toEqual([{ b: 2 }])
  expect((await reader.query('select * from sample_reader')).rows).toEqual([{ b: 2 }])
  await expect(reader.query('select * from users')).rejects.toThrow(/denied/)
})

test('an object whose file was deleted is dropped; one whose file moved is not', async () => {
  const { apply, sql } = await setup()
  const sample = fn('() returns integer', 'select 1')
  await apply(sample)

  await apply({ ...sample, file: 'test/sql/moved.sql' })

  expect(await sql('select sample()')).toEqual([{ sample: 1 }])
  await apply()
  expect(await sql("select from pg_proc where proname = 'sample'")).toEqual([])
})

test('a refused text changes nothing and names its file', async () => {
  const { apply, sql } = await setup()

  const failure = await apply(
    fn('() returns integer', 'select 1'),
    fn('() returns integer', 'select nonsense', 'other'),
  ).catch(err => err)

  expect(failure).toBeInstanceOf(StartupError)
  expect(failure.message).toContain('src/test/sql/function-other.sql')
  expect(await sql("select from pg_proc where proname = 'sample'")).toEqual([])
})

test('processes that start together apply once', async () => {
  const { connect, sql } = await setup()
  const clients = await Promise.all([connect(), connect(), connect()])
  const objects = [...readSqlObjects(), fn('() returns integer', 'select 1')]

  const applied = await Promise.all(clients.map(client => applySqlObjects(client, objects)))

  expect(applied.flat()).toEqual(['test/sql/function-sample.sql'])
  expect(await sql('select sample()')).toEqual([{ sample: 1 }])
})
