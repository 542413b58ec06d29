import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { migrate } from '../src/db/migrate.ts'
import {
  commandsOf,
  createDebianPostgres,
  debianPostgresNote,
  debianPostgresWanted,
} from './support/debian-postgres.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const Compose = z.object({
  services: z.object({ postgres: z.looseObject({ command: z.union([z.array(z.string()), z.string()]) }) }),
})
/** The words of the server's command line. */
const commandOf = (path: string): string[] => {
  const { command } = Compose.parse(parse(read(path), { merge: true })).services.postgres
  return Array.isArray(command) ? command : command.replaceAll(' -c ', ' -c').split(' ')
}

test('with the archive PostgreSQL runs as without it, and archives', () => {
  const without = commandOf('docker-compose.yml')
  const withArchive = commandOf('docker-compose.recovery.yml')

  expect(withArchive.slice(0, without.length)).toEqual(without)
  expect(withArchive.slice(without.length).map(setting => setting.split('=')[0])).toEqual([
    '-carchive_mode',
    '-carchive_timeout',
    '-carchive_command',
  ])
})

test.runIf(debianPostgresWanted)(
  `a database is brought to a moment before it was damaged, as docs/operations.md has it${debianPostgresNote}`,
  async () => {
    const postgres = await createDebianPostgres()
    const settings = commandOf('docker-compose.recovery.yml').slice(1)
    const [, backup = '', restore = ''] = commandsOf('Point-in-time recovery')
    const bases = () => readdirSync(join(postgres.folder, 'wal-archive')).filter(name => name.startsWith('base-'))
    const addUsers = (from: number, to: number) =>
      postgres.sql(
        `insert into users (user_id, registered_at, cart_limit) select n, now(), 5 from generate_series(${from}, ${to}) n`,
      )
    await postgres.start(settings)
    await migrate(postgres.url)
    await addUsers(1, 50)

    postgres.operate(backup)
    await addUsers(51, 100)
    const before = await postgres.rows()
    const [moment] = await postgres.sql('select clock_timestamp()::text as now')
    await postgres.sql('delete from users where user_id % 2 = 0')
    await postgres.sql('truncate users cascade')
    await postgres.stop()
    postgres.operate(
      restore.replace(/BASE=\S+/, `BASE=${bases()[0]}`).replace(/MOMENT='[^']*'/, `MOMENT='${moment?.now}'`),
    )
    await postgres.start(settings)

    expect(await postgres.rows()).toEqual(before)
    await addUsers(101, 101)
    const [first] = bases()
    for (let n = 0; n < 2; n += 1) {
      // a backup is named by its second
      const second = () => new Date().toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)
      const now = second()
      await expect.poll(second).not.toBe(now)
      postgres.operate(backup) // on the new timeline
    }
    expect(bases()).toHaveLength(2)
    expect(bases()).not.toContain(first)
  },
)
