import type { MessageCost } from './message-cost.ts'

/** The day that is asked for: what one of its users does, by the analytics plan. */
export const plan = { users: 1_000, eventsEach: 20, messagesEach: 8, busiestHour: 0.15 }

/** Something that is used up by messages. */
export interface CapacityLimit {
  name: string
  /** Messages a second that it carries. */
  perSecond: number
}

/** What the outside world gives; our own parts are one core each. */
const given = { modelStreams: 10, modelSecondsEach: 2, shopPerSecond: 1, telegramPerSecond: 30 }

/** Every limit, the tightest first. */
export function limitsOf(cost: MessageCost): CapacityLimit[] {
  const modelSeconds = cost.modelCalls * given.modelSecondsEach
  return [
    { name: 'GigaChat, one stream (individuals)', perSecond: 1 / modelSeconds },
    { name: 'GigaChat, ten streams (businesses)', perSecond: given.modelStreams / modelSeconds },
    { name: 'the shop, one call a second', perSecond: given.shopPerSecond / Math.max(cost.shopCalls, Number.EPSILON) },
    { name: 'Telegram, 30 messages a second', perSecond: given.telegramPerSecond / cost.telegramMessages },
    { name: 'one core of a bot', perSecond: 1 / cost.botSeconds },
    { name: 'one core of PostgreSQL', perSecond: 1 / cost.serverSeconds },
  ].sort((a, b) => a.perSecond - b.perSecond)
}

/** What a number of daily users needs of each part. */
export interface Need {
  users: number
  /** In the busiest hour. */
  messagesPerSecond: number
  modelStreams: number
  shopPerSecond: number
  telegramPerSecond: number
  botCores: number
  serverCores: number
  /** Of write-ahead log, in the busiest hour. */
  walMbPerSecond: number
  /** PostgreSQL's tables and indexes in a year, and log lines, in gigabytes. */
  diskGbPerYear: number
  logGbPerMonth: number
  rubPerDay: number
}

/** Plain multiplication: every part of the cost grows with the messages. */
export function needOf(cost: MessageCost, users: number): Need {
  const daily = users * plan.messagesEach
  const perSecond = (daily * plan.busiestHour) / 3_600
  return {
    users,
    messagesPerSecond: perSecond,
    modelStreams: perSecond * cost.modelCalls * given.modelSecondsEach,
    shopPerSecond: perSecond * cost.shopCalls,
    telegramPerSecond: perSecond * cost.telegramMessages,
    botCores: perSecond * cost.botSeconds,
    serverCores: perSecond * cost.serverSeconds,
    walMbPerSecond: (perSecond * cost.walBytes) / 1e6,
    diskGbPerYear: (daily * 365 * cost.diskBytes) / 1e9,
    logGbPerMonth: (daily * 30 * cost.logBytes) / 1e9,
    rubPerDay: daily * cost.rub,
  }
}
