import { existsSync } from 'node:fs'
import { loadConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openCommandDatabase } from '../db/open-database.ts'
import { createReaders } from '../db/readers.ts'
import { AppError } from '../errors.ts'

/** `npm run migrate`: brings the schema of DATABASE_URL, or of the embedded database, up to date. */
async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const config = loadConfig(process.env)
  const database = await openCommandDatabase(config)
  try {
    const applied = await migrate(database.url)
    process.stdout.write(
      applied.length === 0 ? 'The schema is up to date\n' : applied.map(name => `applied ${name}\n`).join(''),
    )
    for (const { setting, problem } of await createReaders(database.url, config.db.readers))
      process.stdout.write(`${setting}: ${problem}\n`)
  } finally {
    await database.close()
  }
}

main().catch(err => {
  process.stderr.write(`${err instanceof AppError ? err.message : String(err)}\n`)
  process.exit(1)
})
