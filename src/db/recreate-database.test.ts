import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createOwnedDatabase } from '../../test/support/database.ts'
import { StartupError } from '../errors.ts'
import { migrate } from './migrate.ts'
import { recreateDatabase } from './recreate-database.ts'

/** A database of a superuser, as the embedded one is, prepared by `statements`; without connections. */
async function setup(...statements: string[]) {
  const { url: owned } = await createOwnedDatabase()
  const url = new URL(inject('templateUrl'))
  url.pathname = new URL(owned).pathname
  const ask = async (text: string) => {
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    const { rows } = await client.query(text)
    await client.end()
    return rows
  }
  for (const statement of statements) await ask(statement)
  return { url: url.href, ask }
}
const tables = "select tablename as name from pg_tables where schemaname = 'public'"

test('a database of older migrations is emptied, and migrates then', async () => {
  const { url, ask } = await setup(
    'create table schema_migrations (id serial, name text, run_on timestamp)',
    "insert into schema_migrations (name) values ('001_other_line')",
    'create table users (user_id bigint)',
  )
  await expect(migrate(url)).rejects.toThrow(/«Upgrade»/)

  await recreateDatabase(url, { force: false })

  expect(await ask(tables)).toEqual([])
  await migrate(url)
})

test.each([
  ['no column says who is synthetic', 'create table users (user_id bigint)', 'insert into users values (7)'],
  [
    'one is real',
    'create table users (user_id bigint, synthetic boolean)',
    'insert into users values (7, false), (8, true)',
  ],
])('real users stay, unless forced: %s', async (_, ...statements) => {
  const { url, ask } = await setup(...statements)

  const refused = recreateDatabase(url, { force: false })

  await expect(refused).rejects.toThrow(/real users.*--force/)
  expect(await ask(tables)).toEqual([{ name: 'users' }])
  await recreateDatabase(url, { force: true })
  expect(await ask(tables)).toEqual([])
})

test('synthetic users, and the users of a sandbox, are no reason to refuse', async () => {
  const { url, ask } = await setup(
    'create table users (user_id bigint, synthetic boolean)',
    'create table demo_history (sandbox boolean)',
    'insert into users values (1, false), (8, true)',
    'insert into demo_history values (true)',
  )

  await recreateDatabase(url, { force: false })

  expect(await ask(tables)).toEqual([])
})

test('a database in use stays as it is', async () => {
  const { url, ask } = await setup('create table users (user_id bigint)')
  const bot = new pg.Client({ connectionString: url })
  bot.on('error', () => undefined)
  await bot.connect()
  onTestFinished(() => bot.end())

  const refused = recreateDatabase(url, { force: true })

  await expect(refused).rejects.toBeInstanceOf(StartupError)
  await expect(refused).rejects.toThrow(/stop it first/)
  expect(await ask(tables)).toEqual([{ name: 'users' }])
})
