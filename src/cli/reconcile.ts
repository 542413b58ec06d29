import { createAnalytics } from '../analytics/analytics.ts'
import { addDays, localDay, parseDay } from '../analytics/period.ts'
import { loadCommandConfig } from '../config.ts'
import { createDb } from '../db/db.ts'
import { sleep } from '../process/sleep.ts'
import { createDaySources } from '../reconcile/day-sources.ts'
import { createQueryMetrics } from '../reconcile/query-client.ts'
import { createReconciler } from '../reconcile/reconcile.ts'
import { createReconcileStore } from '../reconcile/reconcile-store.ts'
import { reconciliationTable } from '../reconcile/texts.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { type CommandContext, readArgs, UsageError, withDatabase } from './command.ts'

const usage = `Usage: npm run reconcile [-- --date YYYY-MM-DD] [--json]

  Compares carts, errors, messages, model calls, tokens and roubles of a day in PostgreSQL with Loki (LOKI_URL) and
  Prometheus (PROMETHEUS_URL), and keeps what it finds. Ends with 1 when they differ by more than the tolerance shown, or
  when one of them does not answer.

  --date   day of ANALYTICS_TZ, yesterday when left out
  --json   the numbers for a program, unrounded`

/** `npm run reconcile`: compares the numbers of a day. Resolves to false if they differ. */
export async function runReconcile({ args, env, out, now, stopping }: CommandContext): Promise<boolean> {
  const options = { date: { type: 'string' }, json: { type: 'boolean', default: false } } as const
  const { values, positionals } = readArgs(args, options, usage)
  const [word] = positionals
  if (word !== undefined) throw new UsageError(`${word} is not an option; --help shows them`)
  const given = values.date === undefined ? null : parseDay(values.date)

  const config = loadCommandConfig(env)
  const today = localDay(now(), config.timeZone)
  if (given !== null && given > today) throw new UsageError('--date must not lie in the future')
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: config.env })
  const sources = createDaySources({ settings: config, metrics: createQueryMetrics(register), sleep, now })
  if (typeof sources.loki !== 'function' && typeof sources.prometheus !== 'function')
    throw new UsageError(
      sources.loki === 'log_level'
        ? 'there is nothing to compare with: PROMETHEUS_URL is not set, and LOG_LEVEL keeps the lines from Loki that are counted (info or debug does not)'
        : 'there is nothing to compare with: set LOKI_URL or PROMETHEUS_URL, or both',
    )

  return withDatabase({ env, stopping }, async url => {
    const db = createDb({ url, register, poolSize: 2, timeoutMs: 60_000 })
    try {
      const reconciler = createReconciler({
        store: createReconcileStore(db, config.timeZone),
        refresh: createAnalytics({ db, timeZone: config.timeZone, now }).refresh,
        ...sources,
        now,
      })
      const found = await reconciler.check(given ?? addDays(today, -1))
      await reconciler.save(found)
      out(values.json ? JSON.stringify(found) : reconciliationTable(found))
      return found.agrees
    } finally {
      await db.close()
    }
  })
}
