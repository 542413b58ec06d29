import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Analytics, createAnalytics } from '../analytics/analytics.ts'
import { createFailureArchive } from '../analytics/archive/archived-failures.ts'
import { readCampaignsReport } from '../analytics/campaigns-report.ts'
import { readChurn } from '../analytics/churn-report.ts'
import { readCompared, withPrevious } from '../analytics/compare.ts'
import { readPeriod } from '../analytics/named-period.ts'
import type { MoneyAssumptions } from '../analytics/numbers.ts'
import { openStandby } from '../analytics/open-storage.ts'
import { lastWeeks, localDay, type Period, parseDay, parsePeriod } from '../analytics/period.ts'
import { dataOf } from '../analytics/show.ts'
import { loadCommandConfig } from '../config.ts'
import { createDb } from '../db/db.ts'
import { createDbMetrics, createStandbyMetrics } from '../db/metrics.ts'
import { type Source, sources } from '../events/catalogue.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { type CommandContext, readArgs, UsageError, withDatabase } from './command.ts'
import { errorsTable } from './errors-table.ts'
import { experimentTable } from './experiment-table.ts'
import { moneyTable } from './money-table.ts'
import { reportPage } from './report-page/report-page.ts'
import {
  campaignsTable,
  churnTable,
  cohortTable,
  funnelTable,
  retentionTable,
  sourcesTable,
  summaryTable,
} from './report-tables.ts'

const usage = `Usage: npm run report -- summary|funnel|retention|sources|campaigns|churn|cohorts|money|errors|experiment [--period today|week|month|Nd] [--until YYYY-MM-DD] [--source NAME] [--json]

  --period   days to look at; today when left out (retention, money, experiment: month, cohorts: the last twelve weeks)
  --until    last day, today when left out
  --source   funnel only: ${sources.join(', ')}
  --json     the numbers for a program, unrounded

       npm run report -- all --html FILE [--period …] [--until YYYY-MM-DD]

  Every number, chart and definition on one page that loads nothing; the last month when no period is given.`

interface Request {
  period: Period
  assumptions: MoneyAssumptions
  source: Source | null
}

interface Report {
  /** Public format: other programs rely on it. */
  json: () => Promise<unknown>
  table: () => Promise<string>
}

const reports = {
  summary: (analytics, { period }) => {
    const headline = async (each: Period) => ({
      summary: await analytics.summary(each),
      funnel: await analytics.funnel(each),
    })
    return {
      json: () => withPrevious(analytics, period, analytics.summary),
      table: async () => summaryTable(await headline(period), await readCompared(analytics, period, headline)),
    }
  },
  funnel: (analytics, { period, source }) => {
    const read = (each: Period) => analytics.funnel(each, source)
    return {
      json: () => withPrevious(analytics, period, read),
      table: async () => funnelTable(await read(period), await readCompared(analytics, period, read)),
    }
  },
  retention: (analytics, { period }) => ({
    json: () => analytics.retention(period),
    table: async () => retentionTable(period, await analytics.retention(period)),
  }),
  sources: (analytics, { period }) => ({
    json: async () =>
      (await analytics.sources(period)).map(({ source, users, new_users, with_cart, carts, gmv }) => ({
        source,
        users,
        new_users,
        with_cart,
        carts,
        gmv,
      })),
    table: async () =>
      sourcesTable(period, await analytics.sources(period), await readCompared(analytics, period, analytics.sources)),
  }),
  cohorts: (analytics, { period }) => ({
    json: () => analytics.cohorts(period),
    table: async () => cohortTable(period, await analytics.cohorts(period)),
  }),
  money: (analytics, { period, assumptions }) => ({
    json: () => analytics.unitEconomics(period, assumptions),
    table: async () => moneyTable(await analytics.unitEconomics(period, assumptions)),
  }),
  campaigns: (analytics, { period, assumptions }) => ({
    json: async () => {
      const { campaigns, unclaimed } = await readCampaignsReport(analytics, period, assumptions)
      return { ...period, campaigns: campaigns.map(({ changes: _, ...row }) => row), unclaimed }
    },
    table: async () => campaignsTable(await readCampaignsReport(analytics, period, assumptions)),
  }),
  churn: (analytics, { period }) => ({
    json: async () => {
      const { changes: _, ...report } = await readChurn(analytics, period)
      return report
    },
    table: async () => churnTable(await readChurn(analytics, period)),
  }),
  errors: (analytics, { period }) => {
    const read = async (each: Period) => {
      const { last: _, ...numbers } = await analytics.errors(each, 0)
      return numbers
    }
    return {
      json: () => withPrevious(analytics, period, read),
      table: async () => errorsTable(await read(period)),
    }
  },
  experiment: (analytics, { period }) => ({
    json: () => analytics.experiment(period),
    table: async () => experimentTable(await analytics.experiment(period)),
  }),
} satisfies Record<string, (analytics: Analytics, request: Request) => Report>

/** A report over years reads many totals. */
const timeoutMs = 60_000

export const reportNames = Object.keys(reports)

/** `npm run report`: the numbers of the chat in the terminal, as a table or as JSON. */
export async function runReport({ args, env, out, note, now, stopping }: CommandContext): Promise<void> {
  const options = {
    period: { type: 'string' },
    until: { type: 'string' },
    source: { type: 'string' },
    json: { type: 'boolean', default: false },
    html: { type: 'string' },
  } as const
  const { values, positionals } = readArgs(args, options, usage)
  const [name = '', ...rest] = positionals
  if (rest.length > 0 || !(isReport(name) || name === 'all'))
    throw new UsageError(`name one report of ${reportNames.join(', ')}, all; --help shows more`)
  if ((name === 'all') !== (values.html !== undefined) || (name === 'all' && values.json))
    throw new UsageError('--html FILE belongs to all, and all is written as a page only')
  const source = sources.find(s => s === values.source) ?? null
  if (values.source !== undefined && (source === null || name !== 'funnel'))
    throw new UsageError(`--source belongs to funnel and is one of ${sources.join(', ')}`)
  const until = values.until === undefined ? null : parseDay(values.until)
  readPeriod(values.period ?? 'today', until ?? localDay(now(), loadCommandConfig(env).timeZone)) // refused before a database is opened
  if (until !== null && until > localDay(now(), loadCommandConfig(env).timeZone))
    throw new UsageError('--until must not lie in the future')

  await withDatabase(
    { env, stopping },
    async (url, config) => {
      const register = createRegistry({ serviceName: 'vkusvill-bot', env: config.env })
      const metrics = { db: createDbMetrics(register), standby: createStandbyMetrics(register) }
      const db = createDb({ url, register, metrics: metrics.db, poolSize: 2, timeoutMs })
      const onFallback = (reason: string) => note(`DATABASE_READ_URL: the primary answers: ${reason}`)
      const standby = openStandby({ standby: config.db.standby, db, metrics, onFallback, register, now, timeoutMs })
      try {
        const analytics = createAnalytics({
          db,
          standby,
          now,
          timeZone: config.timeZone,
          funnelWindowDays: config.funnelWindowDays,
          failureArchive: createFailureArchive(standby ?? db, config.archiveDir),
        })
        const last = until ?? analytics.today()
        const period = values.period === undefined ? usualPeriod(name, last) : readPeriod(values.period, last)
        if (isReport(name)) {
          const report = reports[name](analytics, { period, source, assumptions: config.money })
          const { answer, asOf } = await analytics.timed(
            values.json ? async () => JSON.stringify(await report.json()) : report.table,
          )
          out(answer)
          if (asOf !== null) note(dataOf(asOf, config.timeZone))
          return
        }
        const file = resolve(values.html ?? '')
        const madeAt = now().toLocaleString('ru-RU', {
          timeZone: config.timeZone,
          dateStyle: 'long',
          timeStyle: 'short',
        })
        const { timeZone } = config
        await writePage(file, await reportPage({ analytics, period, assumptions: config.money, madeAt, timeZone }))
        out(file)
      } finally {
        await standby?.close()
        await db.close()
      }
    },
    { fromStandby: reason => note(`${reason}; the standby of DATABASE_READ_URL answers`) },
  )
}

/** Readable by its owner only: it holds what users searched for. Throws UsageError when the file cannot be written. */
async function writePage(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page, { mode: 0o600 })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new UsageError(`--html: ${file} cannot be written (${code})`, { cause })
  }
}

/** Default period; retention needs weeks. */
function usualPeriod(name: keyof typeof reports | 'all', until: string): Period {
  if (name === 'cohorts') return lastWeeks(12, until)
  return parsePeriod(['all', 'experiment', 'money', 'retention'].includes(name) ? 'month' : 'today', until)
}

const isReport = (name: string): name is keyof typeof reports => Object.hasOwn(reports, name)
