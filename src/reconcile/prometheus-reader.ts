import { z } from 'zod'
import { UpstreamError } from '../errors.ts'
import { serviceName } from '../telemetry/logger.ts'
import { counterIncrease, type Increase, type Sample } from './counter-increase.ts'
import { type DayNumber, type DayReading, type DayWindow, dayNumbers, mapNumbers, type ReadDay } from './day-reading.ts'
import type { Ask } from './query-client.ts'
import { type ProcessLifetimes, readLifetimes, type Series, targetOf } from './scraped-processes.ts'

const minuteMs = 60_000
/** Range around a day in which the last scrape before it and the first one after it are looked for. */
const before = { ms: 60 * minuteMs }
const after = { ms: 5 * minuteMs }

/** The counter of each number: metric name and label matchers. */
const counters: Record<DayNumber, readonly [name: string, labels: Readonly<Record<string, string>>]> = {
  carts: ['bot_carts_recorded_total', { version: 'first' }],
  errors: ['bot_events_recorded_total', { event_type: 'bot_error' }],
  messages: ['bot_messages_recorded_total', {}],
  llm_calls: ['gen_ai_client_token_usage_count', { gen_ai_token_type: 'input' }],
  tokens: ['bot_llm_tokens_total', { type: 'billable' }],
  cost_rub: ['bot_llm_cost_rub_total', {}],
}

export interface PrometheusReaderDeps {
  ask: Ask
  env: string
  now: () => Date
}

/**
 * Calculates the numbers of a day from the raw samples of the counters. What scrapes cannot show is in the tolerance: growth
 * between the scrapes around the ends of the day, and for each process that ended the largest growth between two scrapes.
 */
export function createPrometheusReader({ ask, env, now }: PrometheusReaderDeps): ReadDay {
  const select = (name: string, labels: Readonly<Record<string, string>> = {}) => {
    const all = Object.entries({ service_name: serviceName, env, ...labels })
    return `${name}{${all.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(', ')}}`
  }

  return async day => {
    const end = new Date(Math.min(day.to.getTime() + after.ms, now().getTime()))
    const seconds = Math.ceil((end.getTime() - day.from.getTime() + before.ms) / 1000)
    const raw = (selector: string) => readSeries(ask, `${selector}[${seconds}s]`, end)

    const lifetimes = readLifetimes(await raw(select('process_start_time_seconds')), await raw('up'), day)
    const increaseOf = (series: Series) => counterIncrease(series.samples, lifetimes.startedAt(targetOf(series)), day)
    const increases = async (selector: string): Promise<Increase[]> => (await raw(selector)).map(increaseOf)
    const readings = new Map<DayNumber, Increase[]>()
    const tokens = await raw(select(...counters.tokens))
    for (const number of dayNumbers)
      readings.set(number, number === 'tokens' ? tokens.map(increaseOf) : await increases(select(...counters[number])))
    const of = (number: DayNumber) => readings.get(number) ?? []

    const linesLost = sum(await increases(select('bot_log_lines_lost_total')), 'value')
    const waited = highest(await raw(select('bot_events_waiting')), day)
    const logsWaiting = newest(await raw(select('bot_log_spool_lines')))
    const toleranceOf = (number: DayNumber, increases: readonly Increase[]) =>
      sum(increases, 'unsure') + lifetimes.ended * atMostHidden(number, increases)
    const models = new Set(tokens.map(modelOf))
    return {
      numbers: mapNumbers(number => sum(of(number), 'value')),
      tolerance: mapNumbers(number => toleranceOf(number, of(number))),
      models: Object.fromEntries(
        [...models].map(model => {
          const grown = tokens.filter(series => modelOf(series) === model).map(increaseOf)
          return [model, { tokens: sum(grown, 'value'), tolerance: toleranceOf('tokens', grown) }]
        }),
      ),
      signs: signsOf(lifetimes, [...readings.values()].flat(), { linesLost, waited, logsWaiting }),
      linesLost,
    }
  }
}

const modelOf = ({ labels }: Series): string => labels.gen_ai_request_model ?? ''

/** Bound on the growth after the last scrape of a process: the largest growth between two scrapes, at least 1 for counts. */
function atMostHidden(number: DayNumber, increases: readonly Increase[]): number {
  const largest = Math.max(0, ...increases.map(({ largestStep }) => largestStep))
  return number === 'tokens' || number === 'cost_rub' ? largest : Math.max(1, largest)
}

function signsOf(
  lifetimes: ProcessLifetimes,
  increases: readonly Increase[],
  { linesLost, waited, logsWaiting }: Record<'linesLost' | 'waited' | 'logsWaiting', number>,
): DayReading['signs'] {
  const signs: DayReading['signs'] = []
  if (!lifetimes.seen) signs.push('no_data')
  if (lifetimes.ended > 0) signs.push('restart')
  if (lifetimes.lostScrapes > 0 || increases.some(({ whole }) => !whole)) signs.push('lost_scrape')
  if (waited > 0) signs.push('events_waited')
  if (logsWaiting > 0) signs.push('logs_waiting')
  if (linesLost > 0) signs.push('lines_lost')
  return signs
}

const sum = (increases: readonly Increase[], part: 'value' | 'unsure'): number =>
  increases.reduce((all, increase) => all + increase[part], 0)

const highest = (series: readonly Series[], { from, to }: DayWindow): number =>
  Math.max(
    0,
    ...series.map(({ samples }) =>
      samples.reduce(
        (most, [at, value]) => (at > from.getTime() && at <= to.getTime() ? Math.max(most, value) : most),
        0,
      ),
    ),
  )

const newest = (series: readonly Series[]): number =>
  series.reduce((all, { samples }) => all + (samples.at(-1)?.[1] ?? 0), 0)

const Answer = z.object({
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string().transform(Number)])),
      }),
    ),
  }),
})

/** Reads raw samples by an instant query with a range selector. */
async function readSeries(ask: Ask, query: string, at: Date): Promise<Series[]> {
  const answer = Answer.safeParse(await ask('api/v1/query', { query, time: String(at.getTime() / 1000) }))
  if (!answer.success) throw new UpstreamError('prometheus', null, 'answer of another shape', false, answer.error)
  return answer.data.data.result.map(({ metric, values }) => ({
    labels: metric,
    samples: values.map(([seconds, value]): Sample => [Math.round(seconds * 1000), value]),
  }))
}
