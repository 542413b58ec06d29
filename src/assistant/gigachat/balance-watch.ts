import { Gauge } from 'prom-client'
import type { Log } from '../../telemetry/log.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import { familyOf } from '../model/prices.ts'
import type { Balance, ReadBalance } from './balance.ts'

/** Billable tokens of a model as all replicas stored them. */
export interface CountedTokens {
  model: string
  /** Ever. */
  total: number
  /** Within the last 24 hours: of yesterday the same share as is left of them. */
  lastDay: number
}

/** What is left for a model, how long it lasts, and whether the service charges what we count. */
export interface ModelBalance {
  model: string
  tokens: number
  /** At the pace of the last 24 hours; null without any calls. */
  daysLeft: number | null
  /** Between the last two readings; null before the second one, and after a top-up. */
  check: { charged: number; counted: number; agrees: boolean } | null
}

export interface BalanceWatchDeps {
  read: ReadBalance
  counted: () => Promise<readonly CountedTokens[]>
  /** Models of GigaChat that are asked. */
  models: readonly string[]
  log: Log
  register: MetricRegistry
}

const hourMs = 3_600_000
/** A start has more urgent calls. */
const firstMs = 60_000
/**
 * Tolerance between tokens charged and tokens counted: a message in flight is charged with each call and counted with its end,
 * so some of one reading belong to the next.
 */
const tolerance = (counted: number) => Math.max(20_000, counted * 0.05)

export function createBalanceMetrics(register: MetricRegistry) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['model'], registers: [register] })
  return {
    tokens: gauge(
      'bot_gigachat_balance_tokens',
      'Paid tokens left, by the model that uses them; absent for accounts without a balance',
    ),
    days: gauge(
      'bot_gigachat_balance_days',
      'Days that the paid tokens last at the pace of the last 24 hours; absent without calls',
    ),
    drift: gauge(
      'bot_gigachat_balance_drift_tokens',
      'Tokens charged minus tokens counted between the last two readings; 0 within the tolerance',
    ),
  }
}

/** Reads the balance of GigaChat once an hour, unless the account has none, and holds it against our own sum. */
export function createBalanceWatch({ read, counted, models, log, register }: BalanceWatchDeps) {
  const metrics = createBalanceMetrics(register)
  /** Of a model of each family: a package is shared by the models of its family. */
  const families = new Map(models.map(model => [familyOf(model), model]))
  let before = new Map<string, { tokens: number; total: number }>()
  let latest: ModelBalance[] = []
  let first: NodeJS.Timeout | undefined
  let timer: NodeJS.Timeout | undefined

  const show = ({ model, tokens, daysLeft, check }: ModelBalance) => {
    metrics.tokens.set({ model }, tokens)
    if (daysLeft === null) metrics.days.remove({ model })
    else metrics.days.set({ model }, daysLeft)
    metrics.drift.set({ model }, check === null || check.agrees ? 0 : check.charged - check.counted)
    if (check?.agrees !== false) return
    const detail = 'the balance fell by another number of tokens than were counted'
    log.warn('schema_drift', { upstream: 'gigachat', operation: 'balance', detail })
  }

  const take = (balance: Balance, sums: readonly CountedTokens[]) => {
    const now = new Map<string, { tokens: number; total: number }>()
    latest = [...families].flatMap(([family, model]): ModelBalance[] => {
      if (family === undefined) return []
      const packages = balance.filter(({ usage }) => familyOf(usage) === family)
      if (packages.length === 0) return []
      const tokens = packages.reduce((sum, found) => sum + found.tokens, 0)
      const ours = sums.filter(sum => familyOf(sum.model) === family)
      const total = ours.reduce((sum, found) => sum + found.total, 0)
      const lastDay = ours.reduce((sum, found) => sum + found.lastDay, 0)
      now.set(family, { tokens, total })
      const daysLeft = lastDay === 0 ? null : tokens / lastDay
      return [{ model, tokens, daysLeft, check: checkOf(before.get(family), { tokens, total }) }]
    })
    before = now
    for (const each of latest) show(each)
  }

  const refresh = async () => {
    try {
      const balance = await read()
      if (balance === null) {
        clearInterval(timer)
        return
      }
      take(balance, await counted())
    } catch (err) {
      log.warn('upstream_failed', { upstream: 'gigachat', operation: 'balance', err })
    }
  }

  return {
    refresh,
    /** As the last reading found it; empty without one. */
    latest: (): readonly ModelBalance[] => latest,
    start(): void {
      first = setTimeout(() => void refresh(), firstMs).unref()
      timer = setInterval(() => void refresh(), hourMs).unref()
    },
    stop(): void {
      clearTimeout(first)
      clearInterval(timer)
    },
  }
}

function checkOf(before: { tokens: number; total: number } | undefined, now: { tokens: number; total: number }) {
  if (before === undefined || now.tokens > before.tokens) return null
  const [charged, ours] = [before.tokens - now.tokens, now.total - before.total]
  return { charged, counted: ours, agrees: Math.abs(charged - ours) <= tolerance(ours) }
}
