import pg from 'pg'

const connectTimeoutMs = 5_000

/** Connections that share their server connections with others: what a session sets there is not its own. */
const pooled = new WeakSet<pg.ClientBase>()

/**
 * Prepares a connection whatever server, database and role are set to: dates and times come as ISO 8601 in UTC, a statement
 * ends after `timeoutMs` (0: never), and a connection that the server ends fails the query in flight instead of the process.
 *
 * Nothing of this may be a startup parameter, for PgBouncer refuses those it does not know. It keeps DateStyle and TimeZone
 * per client (pgbouncer.org/features.html) but no other setting; that a pooler stands in between shows in a process id
 * which is not the backend's. There the time limit is set by `beginLimited`, and IntervalStyle is not set: no interval is
 * ever read or sent as text.
 */
export async function prepareSession(client: pg.ClientBase, timeoutMs: number, onError: () => void = () => undefined) {
  client.on('error', onError)
  const isPooled = `pg_backend_pid() <> ${processIdOf(client)}`
  const preparation = {
    query_timeout: connectTimeoutMs, // a parameter of pg that its type declarations leave out
    text: `select ${isPooled} as is_pooled, set_config('DateStyle', 'ISO, MDY', false),
      set_config('TimeZone', 'UTC', false), set_config('IntervalStyle', 'postgres', false),
      set_config('statement_timeout', '${timeoutMs}', ${isPooled})`,
  }
  const { rows } = await client.query<{ is_pooled: boolean }>(preparation)
  if (rows[0]?.is_pooled === true) pooled.add(client)
}

/** True if the time limit of statements cannot be a setting of the session: see `beginLimited`. */
export const isPooled = (client: pg.ClientBase): boolean => pooled.has(client)

/** Begins a transaction whose statements end after `timeoutMs`. */
export async function beginLimited(client: pg.ClientBase, timeoutMs: number): Promise<void> {
  await client.query(`begin; set local statement_timeout = ${timeoutMs}`)
}

/** Opens one connection for a job of its own, without a time limit on statements. The caller ends it. */
export async function openClient(url: string, purpose: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `vkusvill-bot ${purpose}`,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await prepareSession(client, 0)
    return client
  } catch (err) {
    await client.end()
    throw err
  }
}

/** From the server's BackendKeyData message; the type declarations leave it out. */
const processIdOf = (client: pg.ClientBase): number =>
  'processID' in client && typeof client.processID === 'number' ? client.processID : 0
