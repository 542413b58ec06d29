import type { Upstream } from '../errors.ts'

/**
 * Types of all fields of log lines; a name has the same meaning on every line. No field contains text of a user or an answer
 * of the bot. `user_id` and `target_user_id` are passed as Telegram user ids and written as pseudonyms. `request_id`,
 * `user_id` where known, and `since_ms`, the time from the receipt of the update to the line, are added from the request
 * context. What took `duration_ms` ended with its line, so it began at `since_ms - duration_ms`.
 */
export interface LogFieldTypes {
  err: unknown
  user_id: number
  request_id: string
  duration_ms: number
  response_time_ms: number
  delay_ms: number
  /** Time in which a model call waited for a free stream, before its `response_time_ms`. */
  wait_ms: number
  /** Time from the receipt of an update to its turn, the user's earlier ones before it. */
  queue_ms: number
  /** Time in which it then waited for another process that answers the same user. */
  inbox_ms: number
  /** Time in which it waited for more messages to answer together. */
  together_ms: number
  attempt: number
  count: number
  /** Messages that this process answers at the same time. */
  most_in_flight: number
  bytes: number
  status: number | null
  error_name: string
  upstream: Upstream
  /** Closed set per upstream: the method or tool called. */
  operation: string
  outcome: string
  update_type: string
  command: string
  tool: string
  cached: boolean
  /** Closed set: a name in the catalogue of business events. */
  event_type: string
  event_id: string
  fact: string
  call_number: number
  /** The model that answered. */
  model: string
  /** The model that was asked: the label of the metrics. */
  request_model: string
  prompt_tokens: number
  completion_tokens: number
  precached_tokens: number
  billable_tokens: number
  /** False if the service did not count the tokens, so that they are missing from its sums. */
  usage_known: boolean
  function_name: string
  /** Hash of the instructions and tools that the model was given. */
  prompt_version: string
  cost_rub: number
  /** A constant English text from the code, never data. */
  detail: string
  reason: string
  setting: string
  address: string
  version: string
  task: string
  target_user_id: number
  /** Time of the fact as stored in PostgreSQL, epoch ms. The line may be written later, even on another day. */
  at_ms: number
  revision: number
}

const declare = <F extends keyof LogFieldTypes>(answers: string, message: string, fields: readonly F[]) => ({
  answers,
  message,
  fields,
})

/** All log events, each with the question it answers. The keys are the values of Loki's label `event`: at most 30. */
export const logCatalogue = {
  bot_started: declare('since when, and which version, runs', 'bot started', [
    'version',
    'detail',
    'duration_ms',
    'most_in_flight',
  ]),
  bot_stopping: declare('why it stops', 'bot stopping', ['reason']),
  bot_stopped: declare('whether teardown completed, how long it ran', 'bot stopped', ['duration_ms']),
  startup_failed: declare('why it cannot start', 'start failed', ['err', 'detail']),
  uncaught_error: declare('which bug killed the process', 'uncaught error', ['err']),
  setting_warning: declare('which setting should be looked at', 'setting needs attention', ['setting', 'detail']),
  update_handled: declare('what came of an update, how fast', 'update handled', [
    'update_type',
    'command',
    'outcome',
    'duration_ms',
    'queue_ms',
    'inbox_ms',
    'together_ms',
  ]),
  update_failed: declare('which bug or failure a user met', 'update failed', [
    'update_type',
    'err',
    'error_name',
    'upstream',
    'duration_ms',
  ]),
  llm_usage: declare('what a model call cost', 'model call', [
    'user_id',
    'call_number',
    'model',
    'request_model',
    'prompt_tokens',
    'completion_tokens',
    'precached_tokens',
    'billable_tokens',
    'usage_known',
    'response_time_ms',
    'wait_ms',
    'function_name',
    'prompt_version',
    'cost_rub',
    'reason',
    'at_ms',
  ]),
  tool_call: declare('which tools are called, with what outcome', 'tool called', [
    'tool',
    'outcome',
    'cached',
    'duration_ms',
  ]),
  upstream_call: declare('which calls a user waited for, and how long', 'upstream called', [
    'upstream',
    'operation',
    'outcome',
    'duration_ms',
  ]),
  upstream_retry: declare('which service needs retries', 'upstream retried', [
    'upstream',
    'operation',
    'attempt',
    'delay_ms',
    'error_name',
    'status',
  ]),
  upstream_failed: declare('which service fails, and how', 'upstream failed', [
    'upstream',
    'operation',
    'err',
    'error_name',
    'status',
    'duration_ms',
  ]),
  circuit_opened: declare('since when a service is not called', 'circuit opened', ['upstream', 'delay_ms', 'reason']),
  schema_drift: declare('what a service changed', 'upstream contract drifted', ['upstream', 'operation', 'detail']),
  business_event: declare('which row belongs to this line', 'business event', [
    'event_type',
    'revision',
    'event_id',
    'user_id',
    'request_id',
    'at_ms',
  ]),
  message_recorded: declare('how many messages the totals must show', 'message recorded', [
    'event_id',
    'user_id',
    'request_id',
    'at_ms',
  ]),
  events_waiting: declare('since when events wait on disk', 'events wait on disk', ['count', 'err']),
  events_recovered: declare('when waiting events arrived', 'waiting events stored', ['count', 'duration_ms']),
  events_lost: declare('which facts did not reach the database, and why', 'facts lost', ['count', 'reason']),
  fact_refused: declare('what the database permanently rejected', 'fact quarantined', ['fact', 'err']),
  dialogue_degraded: declare('why history is missing', 'dialogue store unavailable', ['err', 'operation']),
  maintenance: declare('what background work did', 'maintenance', ['task', 'detail', 'count', 'duration_ms']),
  maintenance_failed: declare('which background work fails', 'maintenance failed', ['task', 'err']),
  admin_action: declare('who changed what', 'admin action', ['command', 'target_user_id', 'outcome']),
  http_failed: declare('which request to us failed', 'http request failed', ['operation', 'status', 'err']),
  logs_waiting: declare('which answer, from which host, prevents delivery to Loki', 'log lines wait for Loki', [
    'outcome',
    'status',
    'address',
    'count',
    'detail',
  ]),
  logs_lost: declare('which lines never reached Loki', 'log lines lost', ['reason', 'count']),
} as const

export type LogEvent = keyof typeof logCatalogue
type Declared<E extends LogEvent> = (typeof logCatalogue)[E]['fields'][number]

/** Fields of one event: any subset of the declared ones. */
export type LogFields<E extends LogEvent> = { [F in Declared<E>]?: LogFieldTypes[F] | undefined }
