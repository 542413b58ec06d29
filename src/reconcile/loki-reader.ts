import { z } from 'zod'
import { UpstreamError } from '../errors.ts'
import type { LogEvent } from '../telemetry/log-catalogue.ts'
import { serviceName } from '../telemetry/logger.ts'
import { type DayReading, type DayWindow, mapNumbers, type ReadDay } from './day-reading.ts'
import type { Ask } from './query-client.ts'

const hourMs = 3_600_000
/** Maximum delay of a line after its day: its fact may have waited on disk for PostgreSQL. */
const latestLineMs = 7 * 24 * hourMs
/** Maximum lead of a line before its day: the time of a message is from Telegram's clock. */
const earliestLineMs = hourMs
/** Maximum delay of the report of lost lines. */
const lossReportMs = hourMs

export interface LokiReaderDeps {
  ask: Ask
  env: string
  now: () => Date
}

/**
 * Counts the log lines of a day with LogQL. A line counts on the day of its `at_ms`, like its row in PostgreSQL, whenever it
 * was written; so the numbers are exact unless lines were lost.
 */
export function createLokiReader({ ask, env, now }: LokiReaderDeps): ReadDay {
  return async day => {
    const queries = lokiQueries(env, day)
    const after = (ms: number) => new Date(Math.min(day.to.getTime() + ms, now().getTime() + 60_000))
    const end = after(latestLineMs)
    const atEnd = (query: Query) => sums(ask, query, end)

    const events = await atEnd(queries.events(end))
    const messages = total(await atEnd(queries.messages(end)))
    const calls = total(await atEnd(queries.llmCalls(end)))
    const tokens = total(await atEnd(queries.tokens(end)))
    const ofModels = await atEnd(queries.modelTokens(end))
    const cost = total(await atEnd(queries.cost(end)))
    const happened = await sums(ask, queries.happened(after(0)), after(0))
    const lost = total(await sums(ask, queries.linesLost(after(lossReportMs)), after(lossReportMs)))
    const of = (found: Sums, name: string) => found.get(name) ?? 0

    const numbers = {
      carts: of(events, 'cart_created'),
      errors: of(events, 'bot_error'),
      messages,
      llm_calls: calls,
      tokens,
      cost_rub: cost,
    }
    const signs: DayReading['signs'] = []
    if (messages + calls + total(events) + total(happened) === 0) signs.push('no_data')
    if (of(happened, 'bot_started') > 0) signs.push('restart')
    if (of(happened, 'events_waiting') > 0) signs.push('events_waited')
    if (lost > 0) signs.push('lines_lost')
    const models = Object.fromEntries(
      [...ofModels].filter(([model]) => model !== '').map(([model, sum]) => [model, { tokens: sum, tolerance: 0 }]),
    )
    return { numbers, tolerance: mapNumbers(() => 0), models, signs, linesLost: lost }
  }
}

interface Query {
  text: string
  label: string
}

/** The queries, each a function of the moment at which it is evaluated. */
export function lokiQueries(env: string, day: DayWindow) {
  const { from, to } = day
  const lines = (...events: LogEvent[]) =>
    `{service_name="${serviceName}", env=${JSON.stringify(env)}, event=~"${events.join('|')}"}`
  const range = (since: number, end: Date) => `[${Math.max(1, Math.ceil((end.getTime() - since) / 1000))}s]`
  const reach = (end: Date) => range(from.getTime() - earliestLineMs, end)
  const ofDay = `at >= ${from.getTime()} | at < ${to.getTime()} | __error__=""`
  const usage = lines('llm_usage')
  const sumOf = (field: string) => (end: Date) => ({
    text: `sum(sum_over_time(${usage} | json at="at_ms", value="${field}" | ${ofDay} | unwrap value | __error__="" ${reach(end)}))`,
    label: '',
  })

  return {
    events: (end: Date): Query => ({
      // a correction is no cart; lines of other events have no revision
      text: `sum by (event_type) (count_over_time(${lines('business_event')} | json at="at_ms", event_type="event_type", revision="revision" | revision=~"0?" | ${ofDay} ${reach(end)}))`,
      label: 'event_type',
    }),
    messages: (end: Date): Query => ({
      text: `sum(count_over_time(${lines('message_recorded')} | json at="at_ms" | ${ofDay} ${reach(end)}))`,
      label: '',
    }),
    llmCalls: (end: Date): Query => ({
      text: `sum(count_over_time(${usage} | json at="at_ms" | ${ofDay} ${reach(end)}))`,
      label: '',
    }),
    tokens: sumOf('billable_tokens'),
    modelTokens: (end: Date): Query => ({
      text: `sum by (model) (sum_over_time(${usage} | json at="at_ms", value="billable_tokens", model="request_model" | ${ofDay} | unwrap value | __error__="" ${reach(end)}))`,
      label: 'model',
    }),
    cost: sumOf('cost_rub'),
    happened: (end: Date): Query => ({
      text: `sum by (event) (count_over_time(${lines('bot_started', 'events_waiting')} ${range(from.getTime(), end)}))`,
      label: 'event',
    }),
    linesLost: (end: Date): Query => ({
      text: `sum(sum_over_time(${lines('logs_lost')} | json value="count" | unwrap value | __error__="" ${range(from.getTime(), end)}))`,
      label: '',
    }),
  }
}

const Answer = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string().transform(Number).pipe(z.number())]),
      }),
    ),
  }),
})

type Sums = Map<string, number>

const total = (found: Sums): number => [...found.values()].reduce((sum, value) => sum + value, 0)

async function sums(ask: Ask, { text, label }: Query, at: Date): Promise<Sums> {
  const answer = Answer.safeParse(await ask('loki/api/v1/query', { query: text, time: `${at.getTime()}000000` }))
  if (!answer.success) throw new UpstreamError('loki', null, 'answer of another shape', false, answer.error)
  return new Map(answer.data.data.result.map(({ metric, value }) => [metric[label] ?? '', value[1]]))
}
