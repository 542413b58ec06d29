import type { Alert } from '../alert.ts'
import { type Desk, fromAlertmanager, groupOf, isMuted, newId, type Trouble } from './desk.ts'

/** A process that has not been seeing an alert for this long has ended, or was started anew and has no history to see it by. */
const staleMs = 10 * 60_000
/** Alertmanager repeats what goes on at least every 12 hours. */
const staleOfAlertmanagerMs = 25 * 3_600_000
/** How long a trouble that is over is remembered, for the buttons and the thread of its messages. */
const rememberedMs = 24 * 3_600_000
/** A trouble that begins within this time after the last one of its kind continues the thread. */
const againMs = 3_600_000

/** Brings the troubles in line with what is seen: opens, changes and ends them, and drops what is long over. */
export function followAlerts(before: Desk, now: Date): Desk {
  const desk = withoutStale(before, now)
  const seen = new Map<string, { alerts: Alert[]; byAlertmanager: boolean }>()
  for (const [source, report] of Object.entries(desk.reports)) {
    for (const { alert } of Object.values(report)) {
      const { alerts } = seen.get(groupOf(alert)) ?? { alerts: [] }
      seen.set(groupOf(alert), { alerts: [...alerts, alert], byAlertmanager: source.startsWith(fromAlertmanager) })
    }
  }
  const open = new Set(desk.troubles.filter(({ endedAt }) => endedAt === null).map(({ group }) => group))
  const begun = [...seen].filter(([group]) => !open.has(group))
  const troubles = [
    ...desk.troubles.map(one => (one.endedAt === null ? continued(one, seen.get(one.group)?.alerts, now) : one)),
    ...begun.map(([group, { alerts, byAlertmanager }]) => begin(group, alerts, byAlertmanager, now)),
  ]
  return begun.length === 0 && troubles.every((one, i) => one === desk.troubles[i]) ? desk : { ...desk, troubles }
}

function begin(group: string, alerts: Alert[], byAlertmanager: boolean, now: Date): Trouble {
  return {
    id: newId(),
    group,
    alerts,
    byAlertmanager,
    since: earliest(alerts),
    lastEnd: null,
    endedAt: null,
    taken: null,
    notifications: 0,
    chatFailures: 0,
    nextNotifyAt: now,
    channels: {},
    changedAt: now,
  }
}

const earliest = (alerts: readonly Alert[]): Date => new Date(Math.min(...alerts.map(({ since }) => since.getTime())))

function continued(trouble: Trouble, alerts: Alert[] | undefined, now: Date): Trouble {
  if (alerts === undefined) return { ...trouble, endedAt: trouble.lastEnd ?? now, changedAt: now }
  const isSame = alerts.length === trouble.alerts.length && alerts.every((one, i) => one === trouble.alerts[i])
  return isSame || JSON.stringify(alerts) === JSON.stringify(trouble.alerts) ? trouble : { ...trouble, alerts }
}

/**
 * Drops alerts that are no longer seen without a report of their end: their process is down, or their cause holds them
 * back, so they wait while anything else is seen.
 */
function withoutStale(desk: Desk, now: Date): Desk {
  const isFresh = (source: string, seenAt: Date) =>
    now.getTime() - seenAt.getTime() < (source.startsWith(fromAlertmanager) ? staleOfAlertmanagerMs : staleMs)
  const entries = Object.entries(desk.reports)
  const isAnyFresh = entries.some(([source, report]) =>
    Object.values(report).some(({ seenAt }) => isFresh(source, seenAt)),
  )
  const stays = (source: string, seenAt: Date) =>
    isFresh(source, seenAt) || (isAnyFresh && now.getTime() - seenAt.getTime() < rememberedMs)
  const reports = entries.flatMap(([source, report]) => {
    const kept = Object.entries(report).filter(([, { seenAt }]) => stays(source, seenAt))
    return kept.length === 0 ? [] : [[source, Object.fromEntries(kept)] as const]
  })
  const isOld = ({ endedAt }: Trouble) => endedAt !== null && now.getTime() - endedAt.getTime() > rememberedMs
  const troubles = desk.troubles.filter(one => !isOld(one))
  const mutes = Object.entries(desk.mutes).filter(([group]) => isMuted(desk, group, now))
  const isUnchanged =
    troubles.length === desk.troubles.length &&
    mutes.length === Object.keys(desk.mutes).length &&
    count(Object.fromEntries(reports)) === count(desk.reports)
  if (isUnchanged) return desk
  const known = new Set(troubles.map(({ id }) => id))
  return {
    ...desk,
    reports: Object.fromEntries(reports),
    troubles,
    mutes: Object.fromEntries(mutes),
    messages: desk.messages.filter(message => message.troubles.some(id => known.has(id))),
  }
}

const count = (reports: Desk['reports']): number =>
  Object.values(reports).reduce((sum, report) => sum + Object.keys(report).length, Object.keys(reports).length)

/** The trouble of the same kind that ended not long before this one began; undefined if there is none. */
export const earlierOf = (desk: Desk, trouble: Trouble): Trouble | undefined =>
  desk.troubles.findLast(
    ({ id, group, endedAt }) =>
      id !== trouble.id &&
      group === trouble.group &&
      endedAt !== null &&
      trouble.since.getTime() - endedAt.getTime() < againMs,
  )
