import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { migrate } from '../../src/db/migrate.ts'

const run = promisify(execFile)

export interface PrimaryAndStandby {
  primaryUrl: string
  standbyUrl: string
}

/**
 * A migrated primary and a streaming standby of it, made as `pg_basebackup -R` does: copied between pg_backup_start and
 * pg_backup_stop, with a standby.signal and the way to the primary. A conflict with what it replays cancels reads immediately.
 */
export async function startPrimaryAndStandby(): Promise<PrimaryAndStandby> {
  const dir = mkdtempSync(join(tmpdir(), 'standby-'))
  const stops: (() => Promise<void>)[] = [async () => rmSync(dir, { recursive: true, force: true })]
  onTestFinished(async () => {
    for (const stop of stops.toReversed()) await stop()
  })
  const database = 'bot'
  // the standby replays what a test commits and nothing else
  const own = { fsync: 'off', autovacuum: 'off' }
  const primary = await openEmbeddedPostgres(join(dir, 'primary'), { database, settings: own })
  stops.push(primary.stop)
  await migrate(primary.url)

  const copy = join(dir, 'standby')
  await copyRunning(primary.url, join(dir, 'primary'), copy)
  const { hostname, port, username, password } = new URL(primary.url)
  const settings = {
    fsync: 'off',
    primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}`,
    max_standby_streaming_delay: '0',
    wal_retrieve_retry_interval: '200ms',
  }
  const standby = await openEmbeddedPostgres(copy, { database, settings, create: false })
  stops.push(standby.stop)
  return { primaryUrl: primary.url, standbyUrl: standby.url }
}

async function copyRunning(url: string, from: string, to: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`select pg_backup_start('standby', true)`)
    await run('cp', ['-a', from, to])
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
    const data = join(to, 'postgres', 'cluster')
    await rm(join(data, 'postmaster.pid'), { force: true })
    await writeFile(join(data, 'backup_label'), rows[0]?.labelfile ?? '')
    await writeFile(join(data, 'standby.signal'), '')
    for (const name of ['backup_label', 'standby.signal'])
      await run('chown', [`--reference=${join(data, 'PG_VERSION')}`, join(data, name)])
  } finally {
    await client.end()
  }
}
