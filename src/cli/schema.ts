import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openEmbeddedPostgres } from '../db/embedded-postgres.ts'
import { migrate } from '../db/migrate.ts'
import { hashMigrations, migrationsDir, readMigrations, releasedFile } from '../db/migration-files.ts'
import { dumpSchema } from '../db/schema-dump.ts'
import { type CommandContext, readArgs, UsageError } from './command.ts'

const path = join(migrationsDir, 'schema.sql')

const usage = `Usage: npm run schema [-- --check | --release]

  Writes migrations/schema.sql from a new database.

  --check    compares the two instead, exit code 1 when they differ
  --release  lists the migrations in migrations/released.sha256 instead; a test refuses any later change of them`

/** `npm run schema`: the whole schema as one file. Resolves to false when `--check` finds a difference. */
export async function runSchema({ args, note }: CommandContext): Promise<boolean> {
  const options = { check: { type: 'boolean', default: false }, release: { type: 'boolean', default: false } } as const
  const { values, positionals } = readArgs(args, options, usage)
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is not an option; --help shows them`)
  if (values.release) {
    await listReleased()
    return true
  }
  const dir = await mkdtemp(join(tmpdir(), 'schema-'))
  const server = await openEmbeddedPostgres(dir, { database: 'schema', settings: { fsync: 'off' } })
  try {
    await migrate(server.url)
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    const schema = `-- Written by \`npm run schema\`. Do not edit.\n\n${await dumpSchema(client)}`
    await client.end()
    if (!values.check) {
      await writeFile(path, schema)
      return true
    }
    if (schema === (await readFile(path, 'utf8').catch(() => ''))) return true
    note('migrations/schema.sql is not up to date: run `npm run schema` and commit the result')
    return false
  } finally {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function listReleased(): Promise<void> {
  const comments = (await readFile(releasedFile, 'utf8')).split('\n').filter(line => line.startsWith('#'))
  await writeFile(releasedFile, `${[...comments, ...hashMigrations(readMigrations())].join('\n')}\n`)
}
