import { createAnalytics } from '../analytics/analytics.ts'
import { createLifecycle } from '../analytics/lifecycle.ts'
import { createDb } from '../db/db.ts'
import { silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { type CommandContext, readArgs, UsageError, withDatabase } from './command.ts'

const usage = `Usage: npm run lifecycle -- [--archive DIR]

  Drops the months of events that are older than 12 months. With --archive each is written to
  DIR/user_events_YYYY_MM.ndjson.gz first.`

/** `npm run lifecycle`: drops old months on demand, optionally with an archive. */
export async function runLifecycle({ args, env, out, now, stopping }: CommandContext): Promise<void> {
  const { values, positionals } = readArgs(args, { archive: { type: 'string' } }, usage)
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is not an option; --help shows them`)
  await withDatabase({ env, stopping }, async (url, { timeZone, env: name }) => {
    const register = createRegistry({ serviceName: 'vkusvill-bot', env: name })
    const db = createDb({ url, register, poolSize: 2, timeoutMs: 60_000 })
    try {
      const analytics = createAnalytics({ db, timeZone, now })
      const lifecycle = createLifecycle({ url, analytics, timeZone, log: silentLog, now, archiveDir: values.archive })
      const dropped = await lifecycle.run()
      out(
        dropped.length === 0 ? 'Nothing is older than 12 months' : dropped.map(table => `dropped ${table}`).join('\n'),
      )
    } finally {
      await db.close()
    }
  })
}
