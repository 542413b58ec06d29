import { setTimeout as sleep } from 'node:timers/promises'
import { eventTypes } from '../../src/events/catalogue.ts'
import type { Check } from './report.ts'

/** The shoppers of this run, by their ids. */
export interface Shoppers {
  first: number
  last: number
}

/** One number of the run, as each of the three stores has it. All three must be equal. */
export interface Signal {
  name: string
  /** A number, of the shoppers $1 to $2. */
  sql: string
  /** LogQL over the time of the run, in which no other user plays: lines name users by pseudonyms. */
  logql: (selector: (event: string) => string) => string
  /** A counter, of which the growth over the run counts. */
  promql: string
  /** By how much sums of roubles may differ because they are added in another order. */
  tolerance?: number
}

/** Asks one place for one number. */
export interface Places {
  row(sql: string): Promise<number>
  line(logql: string): Promise<number>
  metric(promql: string): Promise<number>
}

const usage = (column: string) => `select coalesce(sum(${column}), 0) from all_usage where user_id between $1 and $2`
const summed = (field: string) => (of: (event: string) => string) =>
  `sum(sum_over_time(${of('llm_usage')} | json value="${field}" | unwrap value [$window]))`

export const signals: readonly Signal[] = [
  ...eventTypes.map(type => ({
    name: `event ${type}`,
    sql: `select count(*) from user_events where user_id between $1 and $2 and event_type = '${type}'`,
    logql: (of: (event: string) => string) =>
      `sum(count_over_time(${of('business_event')} | json event_type="event_type" | event_type="${type}" [$window]))`,
    promql: `sum(bot_events_recorded_total{event_type="${type}"})`,
  })),
  {
    name: 'carts',
    sql: 'select coalesce(sum(carts_created), 0) from users where user_id between $1 and $2',
    logql: of =>
      `sum(count_over_time(${of('business_event')} | json event_type="event_type", revision="revision" | event_type="cart_created" | revision="0" [$window]))`,
    promql: 'sum(bot_carts_recorded_total{version="first"})',
  },
  {
    name: 'cart links, of corrections too',
    sql: "select count(*) from user_events where user_id between $1 and $2 and event_type = 'cart_created'",
    logql: of =>
      `sum(count_over_time(${of('tool_call')} | json tool="tool", outcome="outcome" | tool="vkusvill_cart_link_create" | outcome="ok" [$window]))`,
    promql: 'sum(bot_carts_total)',
  },
  {
    name: 'messages',
    sql: usage('messages'),
    logql: of => `sum(count_over_time(${of('message_recorded')} [$window]))`,
    promql: 'sum(bot_messages_recorded_total)',
  },
  {
    name: 'model calls',
    sql: usage('llm_calls'),
    logql: of => `sum(count_over_time(${of('llm_usage')} [$window]))`,
    promql: 'sum(gen_ai_client_operation_duration_seconds_count{error_type=""})',
  },
  {
    name: 'billable tokens',
    sql: usage('tokens'),
    logql: summed('billable_tokens'),
    promql: 'sum(bot_llm_tokens_total{type="billable"})',
  },
  {
    name: 'roubles of the model',
    sql: usage('cost_rub'),
    logql: summed('cost_rub'),
    promql: 'sum(bot_llm_cost_rub_total)',
    tolerance: 0.01,
  },
]

/** Lines of so many seconds before the run are counted too, since clocks differ. */
export const marginSeconds = 5

/**
 * Waits for a scrape of the bot that began `marginSeconds` after the call: what others did before it is then in the counters,
 * and its lines are outside of the window. By the clock of Prometheus. Rejects after `waitMs`.
 */
export async function waitForScrape(metric: Places['metric'], waitMs: number, pollMs = 1_000): Promise<void> {
  const since = (await metric('vector(time())')) + marginSeconds
  for (const until = Date.now() + waitMs; Date.now() < until; await sleep(pollMs))
    if ((await metric('min(timestamp(up{job="bot"}) and up{job="bot"} == 1)')) > since) return
  throw new Error(`Prometheus has not scraped the bot for ${Math.round(waitMs / 1000)} s: look at its page Targets`)
}

export const readCounters = async (metric: Places['metric']): Promise<Map<string, number>> => {
  const found = new Map<string, number>()
  for (const { name, promql } of signals) found.set(name, await metric(promql))
  return found
}

export interface Comparison {
  places: Places
  /** The counters as they stood before the run. */
  before: ReadonlyMap<string, number>
  /** Fills the window into LogQL. */
  fillIn: (logql: string) => string
  serviceName: string
  waitMs: number
  pollMs?: number
}

/** Reads every signal from the three places until they agree, or until the time is over. */
export async function compareSignals(comparison: Comparison): Promise<Check[]> {
  const { waitMs, pollMs = 3_000 } = comparison
  for (const until = Date.now() + waitMs; ; await sleep(pollMs)) {
    const found: Check[] = []
    for (const signal of signals) found.push(await compareSignal(signal, comparison))
    if (found.every(({ ok }) => ok) || Date.now() >= until) return found
  }
}

async function compareSignal(signal: Signal, { places, before, fillIn, serviceName }: Comparison): Promise<Check> {
  const selector = (event: string) => `{service_name="${serviceName}", event="${event}"}`
  const row = await places.row(signal.sql)
  const line = await places.line(fillIn(signal.logql(selector)))
  const metric = (await places.metric(signal.promql)) - (before.get(signal.name) ?? 0)
  const same = (a: number, b: number) => Math.abs(a - b) <= (signal.tolerance ?? 0)
  // what shoppers always do must be there: three zeros agree and prove nothing
  const happened = row > 0 || rare.includes(signal.name)
  return {
    group: 'signal',
    name: signal.name,
    ok: happened && same(row, line) && same(row, metric),
    detail: `row ${short(row)} · line ${short(line)} · metric ${short(metric)}`,
  }
}

/** What does not come of an ordinary cart. */
const rare = ['event cart_limit_reached', 'event survey_completed', 'event bot_error']

const short = (value: number) => String(Number(value.toFixed(4)))
