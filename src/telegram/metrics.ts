import { Counter, Gauge } from 'prom-client'
import { upstreamOf } from '../errors.ts'
import { createDurationHistogram } from '../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { activityWindows, createActiveUsers } from './updates/active-users.ts'

/** Commands and buttons are counted apart from messages: the error share is one of messages. */
export const updateTypes = [
  'message',
  'command',
  'edited_message',
  'callback_query',
  'stopped_message_generation',
  'my_chat_member',
  'other',
] as const
export type UpdateType = (typeof updateTypes)[number]

/**
 * What came of an update: `refused` = a blocked user or an admin command of another user, `busy` = too many messages
 * waiting, of the user or of all users, `unreachable` = the user blocked the bot, `left` = given back to Telegram because the process stops.
 */
const updateOutcomes = [
  'answered',
  'ignored',
  'repeated',
  'refused',
  'throttled',
  'busy',
  'failed',
  'unreachable',
  'left',
] as const
export type UpdateOutcome = (typeof updateOutcomes)[number]

/** What users wait for, and outcomes that took work: only their time says anything. */
const timedTypes: readonly UpdateType[] = ['message', 'command', 'callback_query']
const timedOutcomes: readonly UpdateOutcome[] = ['answered', 'failed']

/** What can keep a message from its answer; `other` = a bug of ours, and services that no message waits for. */
const failureSources = ['gigachat', 'openai', 'shop', 'telegram', 'postgres', 'other'] as const
export type FailureSource = (typeof failureSources)[number]

export const failureSource = (err: unknown): FailureSource =>
  failureSources.find(source => source === upstreamOf(err)) ?? 'other'

export interface UpdateMetrics {
  handled(type: UpdateType, outcome: UpdateOutcome, seconds: number): void
  /** Counts the user as active now. */
  seen(userId: number): void
  /** Counts a message that was not answered, and its user. */
  messageFailed(source: FailureSource, userId: number): void
}

/** Counts updates by kind and outcome, and how many users they came from, never which. */
export function createUpdateMetrics(register: MetricRegistry, now: () => Date): UpdateMetrics {
  const updates = new Counter({
    name: 'bot_updates_total',
    help: 'Updates dealt with, by kind and by what came of them',
    labelNames: ['type', 'outcome'],
    registers: [register],
  })
  const duration = createDurationHistogram(register, {
    name: 'bot_update_duration_seconds',
    help: 'Time from receiving an update until it was answered or had failed, waiting for its turn included',
    labelNames: ['type', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
  })
  const failures = new Counter({
    name: 'bot_messages_failed_total',
    help: 'Messages that were answered with an apology, by the service that failed',
    labelNames: ['upstream'],
    registers: [register],
  })
  for (const upstream of failureSources) failures.inc({ upstream }, 0)
  for (const type of updateTypes) {
    for (const outcome of updateOutcomes) updates.inc({ type, outcome }, 0)
  }
  for (const type of timedTypes) for (const outcome of timedOutcomes) duration.zero({ type, outcome })
  const activeUsers = createActiveUsers(now)
  new Gauge({
    name: 'bot_users_active',
    help: 'Different users this process heard from within the window',
    labelNames: ['window'],
    registers: [register],
    collect() {
      for (const { window, ms } of activityWindows) this.set({ window }, activeUsers.within(ms))
    },
  })
  const failedUsers = createActiveUsers(now)
  const { window, ms } = activityWindows[0]
  new Gauge({
    name: 'bot_users_failed',
    help: 'Different users of this process whose message failed within the window',
    labelNames: ['window'],
    registers: [register],
    collect() {
      this.set({ window }, failedUsers.within(ms))
    },
  })
  return {
    handled: (type, outcome, seconds) => {
      updates.inc({ type, outcome })
      if (timedTypes.includes(type) && timedOutcomes.includes(outcome)) duration.observe({ type, outcome }, seconds)
    },
    seen: activeUsers.seen,
    messageFailed: (upstream, userId) => {
      failures.inc({ upstream })
      failedUsers.seen(userId)
    },
  }
}
