import pg from 'pg'
import { StartupError } from '../errors.ts'
import { databaseError } from './database-error.ts'

const connectTimeoutMs = 2_000
const answerTimeoutMs = 1_000

/**
 * Connects once and looks whether the bot's tables are there. Throws StartupError within 3 s when the server cannot be
 * reached, refuses the login or does not answer, and, unless `newSchema`, when the database has no tables of the bot.
 */
export async function checkDatabase(url: string, { newSchema }: { newSchema: boolean }): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'vkusvill-bot command',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
  })
  client.on('error', () => undefined) // a broken connection fails the statement in flight, which reports it
  let found: boolean
  try {
    await client.connect()
    const { rows } = await client.query<{ found: string | null }>(
      "select to_regclass('public.schema_migrations') as found",
    )
    found = rows[0]?.found != null
  } catch (cause) {
    throw new StartupError(`DATABASE_URL: ${reasonOf(cause)}`, { cause })
  } finally {
    client.end().catch(() => undefined) // a server that does not answer is not waited for
  }
  if (!found && !newSchema)
    throw new StartupError(
      'DATABASE_URL: this database has no tables of the bot; check its name, or make them with `npm run migrate`',
    )
}

/** True if `checkDatabase` failed because no server answers, or it is starting, ending or out of resources: not for a wrong setting. */
export const isUnreachable = (err: unknown): boolean =>
  err instanceof StartupError &&
  err.cause !== undefined &&
  !(err.cause instanceof pg.DatabaseError && !/^(?:08|53|57P)/.test(err.cause.code ?? ''))

function reasonOf(err: unknown): string {
  if (err instanceof pg.DatabaseError) return databaseError(err, 0).message
  if (err instanceof Error && /timeout/i.test(err.message))
    return `PostgreSQL does not answer there within ${connectTimeoutMs / 1000} s`
  const code = err instanceof Error && 'code' in err ? ` (${err.code})` : ''
  return `PostgreSQL cannot be reached there${code}`
}
