import { Counter, Gauge } from 'prom-client'
import type { MetricRegistry } from '../../registry.ts'
import { type AlertChannel, channelNames } from '../channels/alert-channel.ts'

const beatOutcomes = ['ok', 'failed', 'withheld'] as const
export type BeatOutcome = (typeof beatOutcomes)[number]

export interface DeliveryMetrics {
  delivered(channel: 'telegram' | AlertChannel['name'], isTaken: boolean): void
  closedChats(count: number): void
  /** `withheld` = the bot is not well, so that the watcher calls. */
  beat(outcome: BeatOutcome): void
}

/** Counts what was delivered and what was not, by channel. */
export function createDeliveryMetrics(register: MetricRegistry): DeliveryMetrics {
  const deliveries = new Counter({
    name: 'bot_alert_deliveries_total',
    help: 'Messages about alerts handed to a channel, by whether it took them',
    labelNames: ['channel', 'outcome'],
    registers: [register],
  })
  const closed = new Gauge({
    name: 'bot_alert_chats_closed',
    help: 'Administrators whose chat does not take messages of the bot, so that no alert reaches them there',
    registers: [register],
  })
  for (const channel of ['telegram', ...channelNames])
    for (const outcome of ['ok', 'failed']) deliveries.inc({ channel, outcome }, 0)
  const beats = new Counter({
    name: 'bot_heartbeats_total',
    help: 'Heartbeats to the watcher outside; withheld = the bot is not well, so that the watcher calls the operator',
    labelNames: ['outcome'],
    registers: [register],
  })
  for (const outcome of beatOutcomes) beats.inc({ outcome }, 0)
  return {
    beat: outcome => beats.inc({ outcome }),
    delivered: (channel, isTaken) => deliveries.inc({ channel, outcome: isTaken ? 'ok' : 'failed' }),
    closedChats: count => closed.set(count),
  }
}
