import type { LogRecord } from '../../telemetry/log-record.ts'
import type { RequestEvent } from './request-store.ts'
import { readSteps, type Step } from './steps.ts'

/** Why a request failed, as far as names and numbers say it. */
export interface RequestFailure {
  /** Class of the error. */
  error: string
  upstream: string | null
  status: number | null
}

/** What one request did, from its log lines and events. */
export interface RequestStory {
  requestId: string
  /** Whose it was; null where no event says so. */
  userId: number | null
  /** When it was received; of a request without lines, when its first event happened. */
  at: Date
  /** From its receipt to the answer; null while its last line is missing. */
  durationMs: number | null
  /** Kind of update, and what came of it, as the log names them; null without its last line. */
  updateType: string | null
  outcome: string | null
  failure: RequestFailure | null
  /** In the order in which they began. */
  steps: readonly Step[]
  model: { calls: number; tokens: number; costRub: number }
  events: readonly RequestEvent[]
  /** Events that only lines show: their rows were not read. */
  eventsInLines: readonly { type: string; at: Date }[]
  /** Number of lines that were found. */
  lines: number
}

/** Composes the story of one request. The records and events given must be its own, and one of them at least. */
export function composeStory(
  requestId: string,
  records: readonly LogRecord[],
  events: readonly RequestEvent[],
): RequestStory {
  const of = (event: string) => records.filter(record => record.event === event)
  const handled = of('update_handled').at(-1)
  const calls = of('llm_usage')
  const sum = (field: string) => calls.reduce((total, record) => total + (record.number(field) ?? 0), 0)
  const receivedMs = receiptOf(records) ?? events[0]?.at.getTime() ?? 0
  const known = new Set(events.map(({ id }) => id))
  const inOrder = [...events].sort((a, b) => a.at.getTime() - b.at.getTime() || rankOf(a) - rankOf(b))
  return {
    requestId,
    userId: events[0]?.userId ?? null,
    at: new Date(receivedMs),
    durationMs: handled?.number('duration_ms') ?? null,
    updateType: handled?.name('update_type') ?? null,
    outcome: handled?.name('outcome') ?? null,
    failure: failureOf(records, events),
    steps: readSteps(records, receivedMs),
    model: { calls: calls.length, tokens: sum('billable_tokens'), costRub: Math.round(sum('cost_rub') * 1e6) / 1e6 },
    events: inOrder,
    eventsInLines: of('business_event').flatMap(record => {
      const type = record.name('event_type')
      const isShown = known.has(record.name('event_id') ?? '')
      return type === null || isShown ? [] : [{ type, at: new Date(record.number('at_ms') ?? record.atMs) }]
    }),
    lines: records.length,
  }
}

/** Events of one message have its time: they happen in this order. */
const order: readonly string[] = ['bot_start', 'session_start', 'product_search', 'cart_limit_reached', 'cart_created']
const rankOf = ({ type }: RequestEvent): number => (order.includes(type) ? order.indexOf(type) : order.length)

/** The receipt of the update: its lines count from it. */
function receiptOf(records: readonly LogRecord[]): number | null {
  const starts = records.flatMap(record => {
    const since = record.number('since_ms')
    return since === null ? [] : [record.atMs - since]
  })
  const all = starts.length > 0 ? starts : records.map(({ atMs }) => atMs)
  return all.length === 0 ? null : all.reduce((least, ms) => Math.min(least, ms))
}

/** From the line of the failure with what caused it, or from the event; the event's text of it is not read. */
function failureOf(records: readonly LogRecord[], events: readonly RequestEvent[]): RequestFailure | null {
  const failed = records.filter(({ event }) => event === 'update_failed').at(-1)
  if (failed !== undefined) {
    const upstream = failed.name('upstream')
    const cause = records
      .filter(
        record => record.event === 'upstream_failed' && (upstream === null || record.name('upstream') === upstream),
      )
      .at(-1)
    return {
      error: failed.name('error_name') ?? failed.name('err.type') ?? 'Unknown',
      upstream: upstream ?? cause?.name('upstream') ?? null,
      status: cause?.number('status') ?? null,
    }
  }
  const row = events.find(({ type }) => type === 'bot_error')
  if (row === undefined) return null
  const { error_type: error, error_message: message } = row.metadata
  // our own errors begin with the service and go on with its status: «gigachat: 500 …»
  const [, upstream, status] = /^([a-z]{1,20}): (?:(\d{3}) )?/.exec(String(message)) ?? []
  return {
    error: typeof error === 'string' && /^\w{1,40}$/.test(error) ? error : 'Unknown',
    upstream: upstream ?? null,
    status: status === undefined ? null : Number(status),
  }
}
