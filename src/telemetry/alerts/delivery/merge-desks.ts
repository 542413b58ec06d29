import type { AlertMessage, Desk, Trouble } from './desk.ts'

const later = (a: Date | null, b: Date | null): Date | null =>
  a === null || (b !== null && b.getTime() > a.getTime()) ? b : a

const laterOfEach = (a: Record<string, Date>, b: Record<string, Date>): Record<string, Date> =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap(key => {
      const value = later(a[key] ?? null, b[key] ?? null)
      return value === null ? [] : [[key, value]]
    }),
  )

/**
 * Joins what PostgreSQL holds with what this process went on with while PostgreSQL was unavailable: of each trouble the later
 * change counts, what was reported stays so, and two open troubles of one kind become the older.
 */
export function mergeDesks(stored: Desk, own: Desk): Desk {
  const byId = new Map<string, Trouble>()
  for (const one of [...stored.troubles, ...own.troubles]) {
    const known = byId.get(one.id)
    if (known === undefined || one.changedAt.getTime() > known.changedAt.getTime()) byId.set(one.id, one)
  }
  const { troubles, renamed } = oneOpenOfEach([...byId.values()])
  const messages = new Map<string, AlertMessage>()
  for (const one of [...stored.messages, ...own.messages]) {
    const ended = [...new Set([...(messages.get(one.id)?.ended ?? []), ...one.ended])]
    messages.set(one.id, { ...one, ended, troubles: one.troubles.map(id => renamed.get(id) ?? id) })
  }
  return {
    version: 1,
    speaker: stored.speaker,
    reports: { ...stored.reports, ...newerReports(stored, own) },
    troubles,
    messages: [...messages.values()],
    mutes: laterOfEach(stored.mutes, own.mutes),
    unreachable: laterOfEach(stored.unreachable, own.unreachable),
    testedAt: later(stored.testedAt, own.testedAt),
  }
}

function oneOpenOfEach(all: readonly Trouble[]) {
  const open = new Map<string, Trouble>()
  const renamed = new Map<string, string>()
  const byAge = all.toSorted((a, b) => a.since.getTime() - b.since.getTime())
  for (const one of byAge) {
    const first = open.get(one.group)
    if (one.endedAt === null && first === undefined) open.set(one.group, one)
    else if (one.endedAt === null && first !== undefined) {
      renamed.set(one.id, first.id)
      open.set(one.group, {
        ...first,
        taken: first.taken ?? one.taken,
        notifications: Math.max(first.notifications, one.notifications),
        nextNotifyAt: later(first.nextNotifyAt, one.nextNotifyAt) ?? first.nextNotifyAt,
      })
    }
  }
  const troubles = byAge.flatMap(one => {
    if (renamed.has(one.id)) return []
    return [one.endedAt === null ? (open.get(one.group) ?? one) : one]
  })
  return { troubles, renamed }
}

/** The reports of which this process has seen something later. */
function newerReports(stored: Desk, own: Desk): Desk['reports'] {
  const latest = (desk: Desk, source: string) =>
    Math.max(0, ...Object.values(desk.reports[source] ?? {}).map(({ seenAt }) => seenAt.getTime()))
  const newer = Object.keys(own.reports).filter(source => latest(own, source) > latest(stored, source))
  return Object.fromEntries(newer.map(source => [source, own.reports[source] ?? {}]))
}
