import pg from 'pg'
import { openClient } from './session.ts'

/** A login for the queries of other programs, such as Grafana's. */
export interface Reader {
  role: string
  password: string
}

/**
 * What a reader's sessions begin with: enough for dashboards, and little enough for the bot not to notice a query that never
 * ends; dates as every client expects them, whatever the server is set to.
 */
const defaults = {
  default_transaction_read_only: 'on',
  statement_timeout: '15s',
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '60s',
  datestyle: 'ISO, MDY',
  timezone: 'UTC',
  intervalstyle: 'postgres',
}

/**
 * Functions that every user of a database may call and that reach the bot or the disk: locks the bot waits for, large
 * objects, messages in the write-ahead log.
 */
const reachesOthers = "proname ~ 'advisory|^lo_' or proname in ('loread', 'lowrite', 'pg_logical_emit_message')"

/** Takes these functions and temporary tables from everyone but the user of the connection. The next call finds nothing to do. */
const RESTRICT = `
do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select oid from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f' and (${reachesOthers})
      and has_function_privilege('public', oid, 'execute')
  loop
    execute format('grant execute on function %s to %I', v_function, current_user);
    execute format('revoke execute on function %s from public', v_function);
  end loop;
  if has_database_privilege('public', current_database(), 'temporary') then
    execute format('grant temporary on database %I to %I', current_database(), current_user);
    execute format('revoke temporary on database %I from public', current_database());
  end if;
end $$`

const IS_RESTRICTED = `
select not has_function_privilege('public', 'pg_advisory_lock(bigint)', 'execute')
  and not has_database_privilege('public', current_database(), 'temporary') as is_restricted`

const mayNotCreate = "the database user may not create roles: the reader's is missing"
const mayNotRestrict =
  'the database user may not restrict others: a reader may take the locks the bot waits for, and fill the disk; run npm run migrate once as the owner of the database and a superuser'

/**
 * Makes each role, or brings its password up to date: it may log in and read the schema `analytics`, where no user's id or
 * name is, and nothing else; it has no right to advisory locks, temporary tables or large objects. Run it after the
 * migrations. Returns the readers that are not as they should be, with the reason.
 */
export async function createReaders<R extends Reader>(
  url: string,
  readers: readonly R[],
): Promise<(R & { problem: string })[]> {
  if (readers.length === 0) return []
  const client = await openClient(url, 'readers')
  try {
    const isRestricted = await restrict(client)
    const problems: (R & { problem: string })[] = []
    for (const reader of readers) {
      if (!(await createReader(client, reader))) problems.push({ ...reader, problem: mayNotCreate })
      else if (!isRestricted) problems.push({ ...reader, problem: mayNotRestrict })
    }
    return problems
  } finally {
    await client.end()
  }
}

/** One transaction at a time; false when the user of the connection lacks a right for it. */
async function alone(client: pg.Client, work: () => Promise<void>): Promise<boolean> {
  try {
    await client.query('begin')
    // two bots may start concurrently
    await client.query("set local lock_timeout = '30s'; select pg_advisory_xact_lock(hashtext('create_readers'))")
    await work()
    await client.query('commit')
    return true
  } catch (err) {
    await client.query('rollback').catch(() => undefined)
    if (err instanceof pg.DatabaseError && err.code === '42501') return false
    throw err
  }
}

async function restrict(client: pg.Client): Promise<boolean> {
  await alone(client, async () => void (await client.query(RESTRICT)))
  // what one does not own is revoked with a warning only
  const { rows } = await client.query<{ is_restricted: boolean }>(IS_RESTRICTED)
  return rows[0]?.is_restricted === true
}

const createReader = (client: pg.Client, { role, password }: Reader): Promise<boolean> =>
  alone(client, async () => {
    const name = client.escapeIdentifier(role)
    const database = client.escapeIdentifier(client.database ?? '')
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
    if (rowCount === 0) await client.query(`create role ${name} login`)
    await client.query(`alter role ${name} password ${client.escapeLiteral(password)} connection limit 10`)
    for (const [setting, value] of Object.entries(defaults))
      await client.query(`alter role ${name} set ${setting} = '${value}'`)
    // so that a query which names daily_stats or user_events, as the plan's do, finds what a reader may read of them
    await client.query(`alter role ${name} set search_path = analytics, public`)
    await client.query(`grant connect on database ${database} to ${name}`)
    await client.query(`grant usage on schema analytics to ${name}`)
    await client.query(`grant select on all tables in schema analytics to ${name}`)
  })
