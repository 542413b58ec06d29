import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'

/** A database with one row, whose server was killed as by a power cut. */
async function setup() {
  const dataDir = mkdtempSync(join(tmpdir(), 'cluster-'))
  const dir = join(dataDir, 'postgres')
  const cluster = join(dir, 'cluster')
  const pidFile = join(cluster, 'postmaster.pid')
  const open = async () => {
    const server = await openEmbeddedPostgres(dataDir)
    onTestFinished(() => server.stop())
    return server
  }
  const query = async (url: string, text: string) => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    const { rows } = await client.query(text)
    await client.end()
    return rows
  }
  const server = await open()
  await query(server.url, 'create table t (n int); insert into t values (7)')
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
  return {
    ...{ dataDir, dir, cluster, pidFile, open, server, pid },
    kill: async () => {
      process.kill(pid, 'SIGKILL')
      await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false)
    },
    /** The row again, from a server that had to be started. */
    reopened: async () => {
      const again = await open()
      expect(again.started).toBe(true)
      return query(again.url, 'select n from t')
    },
  }
}

/** A living process that has nothing to do with the cluster. */
async function startStranger(command: string, ...args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'ignore' })
  await once(child, 'spawn')
  onTestFinished(() => void child.kill('SIGKILL'))
  return child.pid ?? 0
}

test('a stranger that was given the number of the dead server is left alone, and the database starts', async () => {
  const { kill, pidFile, reopened } = await setup()
  await kill()
  const stranger = await startStranger(process.execPath, '-e', 'setInterval(() => {}, 1000) // postgres')
  const [, ...rest] = readFileSync(pidFile, 'utf8').split('\n')
  writeFileSync(pidFile, [stranger, ...rest].join('\n'))

  expect(await reopened()).toEqual([{ n: 7 }])

  expect(existsSync(`/proc/${stranger}`)).toBe(true)
})

test('the server of another DATA_DIR that has the number is not taken for its own', async () => {
  const [one, other] = [await setup(), await setup()]
  await one.kill()
  cpSync(other.pidFile, one.pidFile)

  expect(await one.reopened()).toEqual([{ n: 7 }])

  expect(existsSync(`/proc/${other.pid}`)).toBe(true)
})

test.each(['', 'garbage\n'])('a postmaster.pid of %j after a power cut does not prevent the start', async content => {
  const { kill, pidFile, reopened } = await setup()
  await kill()
  writeFileSync(pidFile, content)

  expect(await reopened()).toEqual([{ n: 7 }])
})

test.each([
  ['missing', (file: string) => rmSync(file)],
  ['empty', (file: string) => writeFileSync(file, '')],
  ['of another cluster', (file: string) => writeFileSync(file, 'something-else')],
])('a password file that is %s is made anew, and nothing is lost', async (_, damage) => {
  const { dir, kill, reopened } = await setup()
  await kill()
  damage(join(dir, 'password'))

  expect(await reopened()).toEqual([{ n: 7 }])
})

test('a creation that was interrupted is done again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'half-'))
  for (const name of ['cluster.new', 'cluster']) {
    mkdirSync(join(dataDir, 'postgres', name, 'base'), { recursive: true })
    writeFileSync(join(dataDir, 'postgres', name, 'PG_VERSION'), '18\n')
  }

  const server = await openEmbeddedPostgres(dataDir)
  await server.stop()

  expect(server.started).toBe(true)
  expect(readdirSync(join(dataDir, 'postgres')).some(name => name.startsWith('cluster.old-'))).toBe(true)
})

test('a damaged cluster and one of another version stay as they are, and the advice keeps the data', async () => {
  const { dataDir, cluster, server } = await setup()
  await server.stop()
  const failure = () => openEmbeddedPostgres(dataDir).catch(err => err.message)

  writeFileSync(join(cluster, 'PG_VERSION'), '17\n')
  const otherVersion = await failure()
  writeFileSync(join(cluster, 'PG_VERSION'), '18\n')
  rmSync(join(cluster, 'global', 'pg_control'))
  const damaged = await failure()

  expect(otherVersion).toMatch(/made by PostgreSQL 17, and this bot brings 18.*Nothing was changed.*pg_dump/)
  expect(damaged).toMatch(/is damaged: global\/pg_control is missing. Nothing was changed/)
  expect(otherVersion + damaged).not.toMatch(/DATA_DIR to|away|anew/)
  expect(existsSync(join(cluster, 'base'))).toBe(true)
})
