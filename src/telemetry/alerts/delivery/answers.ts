import type { Desk, Trouble } from './desk.ts'

/** What an administrator answers to an alert. */
export type AlertAnswer = 'take' | 'mute'

const muteMs = 3_600_000

/** The troubles that the message with these buttons is about; empty for one that is no longer remembered. */
export function troublesOf(desk: Desk, messageId: string): Trouble[] {
  const ids = desk.messages.find(({ id }) => id === messageId)?.troubles ?? []
  return desk.troubles.filter(({ id }) => ids.includes(id))
}

/** Takes in an answer: `take` ends repeats and escalation, `mute` all messages but that of the end, also of what begins anew. */
export function takeAnswer(
  desk: Desk,
  messageId: string,
  answer: AlertAnswer,
  by: number,
  turn: number,
  now: Date,
): Desk {
  const open = troublesOf(desk, messageId).filter(({ endedAt }) => endedAt === null)
  const ids = open.map(({ id }) => id)
  const until = new Date(now.getTime() + muteMs)
  const troubles = desk.troubles.map(one => {
    if (!ids.includes(one.id)) return one
    if (answer === 'take') return { ...one, taken: { by, at: now }, changedAt: now }
    // afterwards it begins with the one who muted it
    return { ...one, notifications: Math.max(turn, 1), nextNotifyAt: until, changedAt: now }
  })
  const mutes = answer === 'mute' ? Object.fromEntries(open.map(({ group }) => [group, until])) : {}
  return { ...desk, troubles, mutes: { ...desk.mutes, ...mutes } }
}
