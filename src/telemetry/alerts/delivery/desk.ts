import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Alert } from '../alert.ts'
import { alertKey } from '../alert-key.ts'

const at = z.coerce.date()
const StoredAlert = z.object({
  name: z.string(),
  severity: z.enum(['critical', 'warning', 'info']),
  component: z.string(),
  labels: z.record(z.string(), z.string()),
  summary: z.string(),
  description: z.string(),
  firstStep: z.string(),
  runbook: z.string(),
  users: z.number().nullable(),
  lastError: z.string().nullable(),
  since: at,
  endedAt: at.nullable(),
})
const Progress = z.object({ sent: z.enum(['firing', 'resolved']).nullable(), failures: z.number(), nextAt: at })
const Trouble = z.object({
  id: z.string(),
  group: z.string(),
  /** Those that fire; after the end those that fired last. */
  alerts: z.array(StoredAlert),
  byAlertmanager: z.boolean(),
  since: at,
  lastEnd: at.nullable(),
  endedAt: at.nullable(),
  taken: z.object({ by: z.number(), at }).nullable(),
  /** How often an administrator was written to about it. */
  notifications: z.number(),
  /** How often the chat failed before anyone was reached. */
  chatFailures: z.number(),
  nextNotifyAt: at,
  channels: z.record(z.string(), Progress),
  changedAt: at,
})
const Message = z.object({
  /** In the data of its buttons. */
  id: z.string(),
  chatId: z.number(),
  messageId: z.number(),
  troubles: z.array(z.string()),
  /** Those of `troubles` whose end was reported in this chat. */
  ended: z.array(z.string()),
})
const Report = z.record(z.string(), z.object({ alert: StoredAlert, seenAt: at }))

/** Everything that delivery remembers: which alerts are seen, who was notified, what administrators answered. No text of users. */
export const Desk = z.object({
  version: z.literal(1),
  /** The one process that writes to administrators, until then. */
  speaker: z.object({ replica: z.string(), until: at }).nullable(),
  /** Alerts by who sees them (a process, or a group of Alertmanager) and by their key. */
  reports: z.record(z.string(), Report),
  troubles: z.array(Trouble),
  messages: z.array(Message),
  /** Until when a group of alerts is muted. */
  mutes: z.record(z.string(), at),
  /** When the chat of an administrator was last found closed to the bot, by user id. */
  unreachable: z.record(z.string(), at),
  testedAt: at.nullable(),
})
export type Desk = z.infer<typeof Desk>
/** Alerts of one rule from beginning to end, and what was done about them. */
export type Trouble = z.infer<typeof Trouble>
/** A message in the chat of an administrator about one or several troubles. */
export type AlertMessage = z.infer<typeof Message>

export const emptyDesk: Desk = {
  version: 1,
  speaker: null,
  reports: {},
  troubles: [],
  messages: [],
  mutes: {},
  unreachable: {},
  testedAt: null,
}

/** Alerts of one group are one trouble, as in Alertmanager (`group_by`). */
export const groupOf = ({ name, labels }: Pick<Alert, 'name' | 'labels'>): string =>
  labels.env === undefined ? name : `${name} ${labels.env}`

export const newId = (): string => randomBytes(6).toString('hex')

export const isMuted = (desk: Pick<Desk, 'mutes'>, group: string, now: Date): boolean =>
  (desk.mutes[group]?.getTime() ?? 0) > now.getTime()

const textLimits = { summary: 120, description: 600, firstStep: 400, lastError: 200 } as const
const cut = (text: string, limit: number) => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text)

/** The alert with texts that fit into messages. */
const bounded = (alert: Alert): Alert => ({
  ...alert,
  summary: cut(alert.summary, textLimits.summary),
  description: cut(alert.description, textLimits.description),
  firstStep: cut(alert.firstStep, textLimits.firstStep),
  lastError: alert.lastError === null ? null : cut(alert.lastError, textLimits.lastError),
})

export const fromAlertmanager = 'alertmanager:'
const sightMs = 60_000

/** Takes in what one source sees: everything that fires there, and what has ended. A known alert is written again each minute. */
export function takeReport(desk: Desk, source: string, alerts: readonly Alert[], now: Date): Desk {
  const known = desk.reports[source] ?? {}
  const ended = alerts.filter(({ endedAt }) => endedAt !== null)
  const over = new Set(ended.map(alertKey).filter(key => key in known))
  const fresh = alerts.flatMap(alert => {
    const key = alertKey(alert)
    const seenAt = known[key]?.seenAt.getTime() ?? 0
    const isNews = alert.endedAt === null && now.getTime() - seenAt >= sightMs
    return isNews ? [[key, { alert: bounded(alert), seenAt: now }] as const] : []
  })
  if (over.size === 0 && fresh.length === 0) return desk
  const kept = Object.entries(known).filter(([key]) => !over.has(key))
  const ends = new Map(ended.map(alert => [groupOf(alert), alert.endedAt]))
  return {
    ...desk,
    reports: { ...desk.reports, [source]: { ...Object.fromEntries(kept), ...Object.fromEntries(fresh) } },
    troubles: desk.troubles.map(one =>
      one.endedAt === null && ends.has(one.group) ? { ...one, lastEnd: ends.get(one.group) ?? null } : one,
    ),
  }
}
