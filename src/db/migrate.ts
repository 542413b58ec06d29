import pg from 'pg'
import { StartupError } from '../errors.ts'
import { sleep } from '../process/sleep.ts'
import { applySqlObjects } from './apply-sql-objects.ts'
import { migrationsDir, readMigrations } from './migration-files.ts'
import { openClient } from './session.ts'
import { readSqlObjects } from './sql-objects.ts'

/** Everything in that folder but `NNN_name.sql`. */
const notMigration = /(?!\d{3}_).*/

const oldestVersion = 15
const startTimeoutMs = 30_000
const lockTimeoutMs = 60_000

/**
 * Brings the schema up to date: pending migrations (tables, types, indexes) in one transaction, then the functions and
 * views of `src/<room>/sql/` whose text changed, in another. Waits while another process does the same, and
 * `connectTimeoutMs` for a server that is not up yet. Returns what was applied. Throws StartupError.
 */
export async function migrate(url: string, connectTimeoutMs = startTimeoutMs): Promise<string[]> {
  const client = await connect(url, Date.now() + connectTimeoutMs)
  try {
    await checkVersion(client)
    await checkOrigin(client)
    // the lock belongs to the transaction: one of the session would stay behind on a connection of PgBouncer
    await client.query('begin').catch(cause => {
      throw new StartupError(
        'DATABASE_URL: PostgreSQL takes no transaction there; behind PgBouncer set pool_mode to transaction or session',
        { cause },
      )
    })
    await client.query(
      `set local lock_timeout = '${lockTimeoutMs}ms'; select pg_advisory_xact_lock(hashtext('migrate'))`,
    )
    const applied = await runPending(client)
    await client.query('commit')
    const objects = await applySqlObjects(client, readSqlObjects())
    return [...applied, ...objects]
  } catch (cause) {
    if (cause instanceof pg.DatabaseError && cause.code === '55P03')
      throw new StartupError('DATABASE_URL: another process has been changing the schema for a minute', { cause })
    throw cause
  } finally {
    await client.end()
  }
}

/** Refused credentials are final; anything else may be a server that is still starting. */
async function connect(url: string, deadline: number): Promise<pg.Client> {
  for (;;) {
    try {
      return await openClient(url, 'migrate')
    } catch (cause) {
      if (cause instanceof pg.DatabaseError) {
        const parameter = /unsupported startup parameter: (\w+)/.exec(cause.message)?.[1]
        if (parameter !== undefined)
          throw new StartupError(
            `DATABASE_URL: PgBouncer refuses the parameter ${parameter} of the address; remove it there, or name it in ignore_startup_parameters of pgbouncer.ini`,
            { cause },
          )
        if (['28P01', '28000', '3D000'].includes(cause.code ?? ''))
          throw new StartupError('DATABASE_URL: PostgreSQL refuses this user, password or database', { cause })
      }
      if (Date.now() > deadline) throw new StartupError('DATABASE_URL: PostgreSQL cannot be reached there', { cause })
      await sleep(500)
    }
  }
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    "select current_setting('server_version_num')::int / 10000 as version",
  )
  const version = rows[0]?.version ?? 0
  if (version < oldestVersion) {
    throw new StartupError(`DATABASE_URL: PostgreSQL ${version} is too old, ${oldestVersion} or newer is needed`)
  }
}

/** Runs the migrations that the database lacks, in the open transaction; returns their names. */
async function runPending(client: pg.Client): Promise<string[]> {
  const known = new Set((await knownMigrations(client)) ?? [])
  if (readMigrations().every(({ file }) => known.has(nameOf(file)))) return []
  const { runner } = await import('node-pg-migrate') // a start that finds the schema up to date saves its loading
  const applied = await runner({
    dbClient: client,
    dir: migrationsDir,
    ignorePattern: notMigration.source,
    direction: 'up',
    migrationsTable: 'schema_migrations',
    singleTransaction: true,
    noLock: true,
    log: () => undefined,
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  return applied.map(({ name }) => name)
}

/** Names of the migrations that the database has, oldest first; null if it has none of ours. */
async function knownMigrations(client: pg.Client): Promise<string[] | null> {
  const { rows: table } = await client.query("select to_regclass('public.schema_migrations') as found")
  if (table[0]?.found === null) return null
  const { rows } = await client.query<{ name: string }>('select name from public.schema_migrations order by id')
  return rows.map(({ name }) => name)
}

const nameOf = (file: string): string => file.replace(/\.sql$/, '')

/** A database that knows a migration which is not here was made by a newer release, or before the files were written anew. */
async function checkOrigin(client: pg.Client): Promise<void> {
  const files = new Set(readMigrations().map(({ file }) => nameOf(file)))
  const strange = (await knownMigrations(client))?.find(name => !files.has(name))
  if (strange === undefined) return
  throw new StartupError(
    `DATABASE_URL: this database has the migration ${strange}, which this release does not: it was made by a newer ` +
      'release, or by a development version before 0.2.0 (docs/operations.md, «Upgrade», says how to recreate it)',
  )
}
