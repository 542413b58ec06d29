import { loadCommandConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openCommandDatabase } from '../db/open-database.ts'
import { checkDatabase } from '../db/reach-database.ts'
import { createReaders } from '../db/readers.ts'
import { recreateDatabase } from '../db/recreate-database.ts'
import { createStopRace } from '../process/stop-race.ts'
import { type CommandContext, readArgs, UsageError } from './command.ts'

const usage = `Usage: npm run migrate [-- --recreate [--force]]

  Brings the schema of DATABASE_URL, or of the embedded database below DATA_DIR, up to date, and makes the roles that
  GRAFANA_DB_PASSWORD and METABASE_DB_PASSWORD are for. Where there is no embedded database one is made.

  --recreate  deletes everything in the embedded database first: for one made by a version before 0.2.0
  --force     even if it has real users`

/** `npm run migrate`: applies migrations and SQL objects, as a start of the bot does. */
export async function runMigrate({ args, env, out, note, stopping }: CommandContext): Promise<void> {
  const options = { recreate: { type: 'boolean', default: false }, force: { type: 'boolean', default: false } } as const
  const { values, positionals } = readArgs(args, options, usage)
  const [word] = positionals
  if (word !== undefined) throw new UsageError(`${word} is not an option; --help shows more`)
  if (values.force && !values.recreate) throw new UsageError('--force belongs to --recreate; --help shows more')
  const config = loadCommandConfig(env)
  if (values.recreate && config.db.url !== undefined)
    throw new UsageError(
      '--recreate is for the embedded database; that of DATABASE_URL is recreated by dropdb and createdb',
    )
  const database = await openCommandDatabase(config, { create: true, stopping })
  const work = async () => {
    await checkDatabase(database.url, { newSchema: true })
    if (values.recreate) await recreateDatabase(database.url, { force: values.force })
    const applied = await migrate(database.url, 0)
    out(applied.length === 0 ? 'The schema is up to date' : applied.map(name => `applied ${name}`).join('\n'))
    for (const { setting, problem } of await createReaders(database.url, config.db.readers))
      note(`${setting}: ${problem}`)
  }
  try {
    await createStopRace(stopping ?? new AbortController().signal)(work())
  } finally {
    await database.close()
  }
}
