import { Counter, Gauge } from 'prom-client'
import { createDurationHistogram } from '../../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'

const methods = [
  'getMe',
  'getUpdates',
  'setWebhook',
  'deleteWebhook',
  'setMyCommands',
  'sendMessage',
  'sendMessageDraft',
  'editMessageText',
  'editMessageReplyMarkup',
  'deleteMessage',
  'answerCallbackQuery',
  'sendPhoto',
  'sendDocument',
  'other',
] as const
export type MethodLabel = (typeof methods)[number]

/**
 * `blocked`: the user accepts no messages; `moot`: there is nothing left to do, the message is deleted or as it
 * should be. Neither says anything about Telegram, or about us.
 */
const outcomes = ['ok', 'rate_limited', 'timeout', 'blocked', 'moot', 'refused', 'failed', 'aborted'] as const
export type ApiCallOutcome = (typeof outcomes)[number]

export interface ApiMetrics {
  call(method: MethodLabel, outcome: ApiCallOutcome, seconds: number): void
  /** A message begins and ends to wait for its turn. */
  sendWaits(): void
  sendGoes(): void
}

/** A method of the Bot API as label value: those the bot does not use are one. */
export const methodLabel = (method: string): MethodLabel => methods.find(known => known === method) ?? 'other'

/** Calls of the Bot API; attempts are counted, repeats included. */
export function createApiMetrics(register: MetricRegistry): ApiMetrics {
  const calls = new Counter({
    name: 'bot_telegram_calls_total',
    help: 'Attempts to call a method of the Bot API, repeats included, by how they ended',
    labelNames: ['method', 'outcome'],
    registers: [register],
  })
  const duration = createDurationHistogram(register, {
    name: 'bot_telegram_call_duration_seconds',
    help: 'Time of one attempt to call the Bot API; getUpdates waits for updates',
    labelNames: ['method'],
    buckets: [0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  })
  const waiting = new Gauge({
    name: 'bot_telegram_sends_waiting',
    help: 'Messages and edits that wait for their turn under the limits of Telegram',
    registers: [register],
  })
  for (const method of methods) {
    for (const outcome of outcomes) calls.inc({ method, outcome }, 0)
    duration.zero({ method })
  }
  return {
    call: (method, outcome, seconds) => {
      calls.inc({ method, outcome })
      duration.observe({ method }, seconds)
    },
    sendWaits: () => waiting.inc(),
    sendGoes: () => waiting.dec(),
  }
}
