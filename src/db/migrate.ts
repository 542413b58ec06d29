import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import { StartupError } from '../errors.ts'
import { sleep } from '../sleep.ts'

/** The SQL files of the repository; the same relative place from `src` and from `dist`. */
const migrationsDir = fileURLToPath(new URL('../../migrations', import.meta.url))

const oldestVersion = 15
const patienceMs = 30_000

/**
 * Brings the schema up to date, all pending files in one transaction. Waits while another process does the same, and half
 * a minute for a server that is not up yet. Returns the names of the files applied. Throws StartupError.
 */
export async function migrate(url: string): Promise<string[]> {
  const client = await connect(url, Date.now() + patienceMs)
  try {
    await checkVersion(client)
    const applied = await runner({
      dbClient: client,
      dir: migrationsDir,
      direction: 'up',
      migrationsTable: 'schema_migrations',
      advisoryLockMode: 'wait',
      log: () => undefined,
      logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    return applied.map(m => m.name)
  } finally {
    await client.end()
  }
}

/** Refused credentials are final; anything else may be a server that is still starting. */
async function connect(url: string, deadline: number): Promise<pg.Client> {
  for (;;) {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'vkusvill-bot migrate',
      connectionTimeoutMillis: 5_000,
    })
    client.on('error', () => undefined) // a broken connection fails the statement under way, which is where it is seen
    try {
      await client.connect()
      return client
    } catch (cause) {
      const refused = cause instanceof pg.DatabaseError && ['28P01', '28000', '3D000'].includes(cause.code ?? '')
      if (refused) throw new StartupError('DATABASE_URL: PostgreSQL refuses this user, password or database', { cause })
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
