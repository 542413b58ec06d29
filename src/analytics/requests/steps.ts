import type { LogRecord } from '../../telemetry/log-record.ts'

/** One step of a request on the time axis that begins with its receipt. */
export interface Step {
  kind: 'wait' | 'model' | 'tool' | 'telegram' | 'pause' | 'service'
  /**
   * Of a wait: `inbox`, `queue`, `stream` or `together`; of a tool and of a call of Telegram its name; of a model turn the
   * function it called, or empty; of a pause and of a failed service the service.
   */
  name: string
  startMs: number
  durationMs: number
  failed: boolean
  /** As the log names it, where it is not simply done: the class of an error, or an outcome. */
  note: string | null
  status: number | null
  /** Of a model turn. */
  number: number | null
  tokens: number | null
  costRub: number | null
}

/** Shorter ones are no waits. */
const leastWaitMs = 3

/** The steps that the lines of one request show, in the order in which they began. */
export function readSteps(records: readonly LogRecord[], receivedMs: number): Step[] {
  const steps: Step[] = []
  const endOf = (record: LogRecord) => Math.max(0, record.number('since_ms') ?? record.atMs - receivedMs)
  const lastEnd = (before: number) =>
    steps.reduce((last, { startMs, durationMs }) => {
      const end = startMs + durationMs
      return end <= before ? Math.max(last, end) : last
    }, 0)
  const add = (step: Pick<Step, 'kind' | 'name' | 'startMs' | 'durationMs'> & Partial<Step>) =>
    steps.push({ failed: false, note: null, status: null, number: null, tokens: null, costRub: null, ...step })
  const wait = (name: string, startMs: number, durationMs: number | null) => {
    if (durationMs !== null && durationMs >= leastWaitMs) add({ kind: 'wait', name, startMs, durationMs })
  }

  const handled = records.find(({ event }) => event === 'update_handled')
  const queueMs = handled?.number('queue_ms') ?? 0
  const inboxMs = handled?.number('inbox_ms') ?? 0
  wait('inbox', 0, inboxMs)
  wait('queue', inboxMs, queueMs)

  for (const record of [...records].sort((a, b) => endOf(a) - endOf(b))) {
    const end = endOf(record)
    const took = record.number('duration_ms') ?? record.number('response_time_ms') ?? 0
    const span = { startMs: Math.max(0, end - took), durationMs: Math.min(took, end) }
    const upstream = record.name('upstream') ?? ''
    const note = record.name('error_name')
    const status = record.number('status')
    switch (record.event) {
      case 'llm_usage':
        // before it stand the wait for a stream, then the attempts that failed
        wait('stream', Math.min(lastEnd(span.startMs), span.startMs), record.number('wait_ms'))
        add({
          ...{ kind: 'model', name: record.name('function_name') ?? '', ...span },
          number: record.number('call_number'),
          tokens: record.number('billable_tokens'),
          costRub: record.number('cost_rub'),
        })
        break
      case 'tool_call': {
        const outcome = record.name('outcome')
        const failed = outcome === 'error' || outcome === 'unavailable'
        const isUsual = outcome === 'ok' && !record.isSet('cached')
        const shown = isUsual ? null : outcome === 'ok' ? 'cached' : outcome
        add({ kind: 'tool', name: record.name('tool') ?? 'unknown', ...span, failed, note: shown })
        break
      }
      case 'upstream_call': {
        const outcome = record.name('outcome')
        const failed = outcome !== 'ok' && outcome !== 'moot'
        add({
          ...{ kind: 'telegram', name: record.name('operation') ?? 'other', ...span, failed },
          note: outcome === 'ok' ? null : outcome,
        })
        break
      }
      case 'upstream_retry':
        add({
          ...{ kind: 'pause', name: upstream, startMs: end, durationMs: record.number('delay_ms') ?? 0 },
          ...{ note, status },
        })
        break
      case 'upstream_failed':
        // a call of Telegram has a line of its own, with its time
        if (upstream !== 'telegram') add({ kind: 'service', name: upstream, ...span, failed: true, note, status })
        break
      case 'update_handled':
        wait('together', lastWork(steps), record.number('together_ms'))
        break
    }
  }
  return steps.sort((a, b) => a.startMs - b.startMs)
}

/** When the model and its tools had ended. */
const lastWork = (steps: readonly Step[]): number =>
  steps
    .filter(({ kind }) => kind === 'model' || kind === 'tool' || kind === 'service')
    .reduce((last, { startMs, durationMs }) => Math.max(last, startMs + durationMs), 0)
