import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { openEmbeddedPostgres } from '../db/embedded-postgres.ts'
import { migrate } from '../db/migrate.ts'
import { dumpSchema } from '../db/schema-dump.ts'

const path = fileURLToPath(new URL('../../migrations/schema.sql', import.meta.url))

/** `npm run schema [-- --check]`: writes migrations/schema.sql from a new database, or compares the two. */
async function main(check: boolean): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'schema-'))
  const server = await openEmbeddedPostgres(dir, { database: 'schema', settings: { fsync: 'off' } })
  try {
    await migrate(server.url)
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    const schema = `-- Written by \`npm run schema\`. Do not edit.\n\n${await dumpSchema(client)}`
    await client.end()
    if (!check) return await writeFile(path, schema)
    if (schema === (await readFile(path, 'utf8').catch(() => ''))) return
    process.stderr.write('migrations/schema.sql is not up to date: run `npm run schema` and commit the result\n')
    process.exitCode = 1
  } finally {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

await main(process.argv.includes('--check'))
