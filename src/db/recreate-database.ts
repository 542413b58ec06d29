import pg from 'pg'
import { StartupError } from '../errors.ts'
import { openClient } from './session.ts'

/** SQLSTATE of a database that others are connected to. */
const objectInUse = '55006'

/**
 * Drops the database of `url` with everything in it and creates it empty. Throws StartupError, and changes nothing, while
 * others are connected to it, and when it has users who are no demonstration, unless `force`. The user of `url` must own it.
 */
export async function recreateDatabase(url: string, { force }: { force: boolean }): Promise<void> {
  if (!force && (await hasRealUsers(url)))
    throw new StartupError(
      'This database has real users. Save it first (docs/operations.md, «Backup and restore»); --force deletes it',
    )
  const admin = new URL(url)
  const name = pg.escapeIdentifier(decodeURIComponent(admin.pathname.slice(1)))
  admin.pathname = '/postgres'
  const client = await openClient(admin.href, 'recreate')
  try {
    await client.query(`drop database ${name}`)
    await client.query(`create database ${name}`)
  } catch (cause) {
    if (cause instanceof pg.DatabaseError && cause.code === objectInUse)
      throw new StartupError('A bot or another command uses this database: stop it first', { cause })
    throw cause
  } finally {
    await client.end()
  }
}

/** True if a user is neither synthetic nor of a sandbox. Any column may be missing: older versions had other tables. */
async function hasRealUsers(url: string): Promise<boolean> {
  const client = await openClient(url, 'recreate')
  try {
    const some = async (table: string, condition: string): Promise<boolean> => {
      const { rows: found } = await client.query('select to_regclass($1) as found', [`public.${table}`])
      if (found[0]?.found === null) return false
      const { rowCount } = await client.query(`select from public.${table} t where ${condition} limit 1`)
      return rowCount === 1
    }
    const isSandbox = await some('demo_history', `to_jsonb(t) ->> 'sandbox' = 'true'`)
    return !isSandbox && (await some('users', `to_jsonb(t) ->> 'synthetic' is distinct from 'true'`))
  } finally {
    await client.end()
  }
}
