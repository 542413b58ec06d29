import { createAnalytics } from '../analytics/analytics.ts'
import { createLifecycle, type LifecycleReport } from '../analytics/lifecycle.ts'
import { createDb } from '../db/db.ts'
import { silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { type CommandContext, readArgs, UsageError, withDatabase } from './command.ts'

const usage = `Usage: npm run lifecycle -- [--archive [DIR] [--drop]]

  Drops the months of events that are older than 12 months.

  --archive  first writes every month older than 3 months to DIR/user_events_YYYY_MM.parquet (ARCHIVE_DIR when DIR is left
             out), without text and without the numbers of accounts, and takes erased users out of what was written before
  --drop     drops the months that were archived from the database, too; reports read them from the files`

/** `npm run lifecycle`: drops old months on demand, optionally with an archive. */
export async function runLifecycle({ args, env, out, now, stopping }: CommandContext): Promise<void> {
  const options = { archive: { type: 'boolean', default: false }, drop: { type: 'boolean', default: false } } as const
  const { values, positionals } = readArgs(args.flatMap(splitArchive), options, usage)
  const [dir, ...rest] = positionals
  if (rest.length > 0 || (dir !== undefined && !values.archive))
    throw new UsageError(`${rest[0] ?? dir} is not an option; --help shows them`)
  if (values.drop && !values.archive) throw new UsageError('--drop belongs to --archive; --help shows more')
  if (dir === '') throw new UsageError('--archive: name a folder, or leave it out for ARCHIVE_DIR')
  await withDatabase({ env, stopping }, async (url, { timeZone, archiveDir, env: name }) => {
    const register = createRegistry({ serviceName: 'vkusvill-bot', env: name })
    const db = createDb({ url, register, poolSize: 2, timeoutMs: 60_000 })
    try {
      const analytics = createAnalytics({ db, timeZone, now })
      const archive = values.archive ? { dir: dir ?? archiveDir, drop: values.drop } : undefined
      out(describe(await createLifecycle({ url, analytics, timeZone, log: silentLog, now, archive }).run()))
    } finally {
      await db.close()
    }
  })
}

/** `--archive=DIR` as `--archive DIR`: an option with a value that may be left out. */
const splitArchive = (arg: string): string[] =>
  arg.startsWith('--archive=') ? ['--archive', arg.slice('--archive='.length)] : [arg]

function describe({ archived, dropped }: LifecycleReport): string {
  const lines = [
    ...archived.map(({ month, events, change }) => `archive ${month.slice(0, 7)}: ${change}, ${events} events`),
    ...dropped.map(table => `dropped ${table}`),
  ]
  return lines.length === 0 ? 'Nothing is older than 12 months' : lines.join('\n')
}
