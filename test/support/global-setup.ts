import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { migrate } from '../../src/db/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database with all migrations, to be cloned; it takes no connections. */
    templateUrl: string
  }
}

/** One real PostgreSQL for the whole run, with a migrated database that test files clone; and one folder for all temporary ones. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'bot-test-'))
  // servers that tests start as another user find their way through it
  await chmod(dir, 0o711)
  // the workers inherit it: what tests and the processes they start make there goes with the run
  const given = process.env.TMPDIR
  process.env.TMPDIR = dir
  // nothing of a test run has to survive a crash of the machine
  const server = await openEmbeddedPostgres(join(dir, 'postgres'), {
    database: 'template_migrated',
    settings: { fsync: 'off', max_connections: '300' },
  })
  await migrate(server.url)
  project.provide('templateUrl', server.url)
  return async () => {
    await server.stop()
    if (given === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = given
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}
