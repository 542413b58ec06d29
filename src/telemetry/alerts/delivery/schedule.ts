import { type AlertMessage, type Desk, isMuted, type Trouble } from './desk.ts'
import { earlierOf } from './troubles.ts'

const minuteMs = 60_000
/** An alert without an answer for this long goes to the next administrator. */
const takeWithinMs = 15 * minuteMs
/** Once everyone was notified, and with one administrator once they were notified twice: less and less often. */
const laterMs = [60 * minuteMs, 240 * minuteMs, 720 * minuteMs]
const retryMs = minuteMs

/** Pause after the `tells`-th message about a trouble. */
function pauseAfter(notifications: number, admins: number): number {
  const beyond = notifications - Math.max(2, admins)
  return beyond < 0 ? takeWithinMs : (laterMs[Math.min(beyond, laterMs.length - 1)] ?? takeWithinMs)
}

/** One message to be sent to an administrator. */
export interface Outgoing {
  chatId: number
  troubles: Trouble[]
  /** Message of this chat that it continues. */
  replyTo: number | undefined
}

/** The administrator whose turn it is, those whose chat is closed to the bot left out; undefined if all are. */
function nextAdmin(desk: Desk, notifications: number, admins: readonly number[]): number | undefined {
  const turn = admins.length === 0 ? 0 : notifications % admins.length
  return [...admins.slice(turn), ...admins.slice(0, turn)].find(id => !(id in desk.unreachable))
}

/** What is to be reported now of troubles that go on: one message for each administrator. */
export function dueMessages(desk: Desk, admins: readonly number[], now: Date): { due: Outgoing[]; unheard: Trouble[] } {
  const isDue = ({ endedAt, taken, group, nextNotifyAt }: Trouble) =>
    endedAt === null && taken === null && !isMuted(desk, group, now) && nextNotifyAt.getTime() <= now.getTime()
  const byAdmin = new Map<number, Trouble[]>()
  const unheard: Trouble[] = []
  for (const trouble of desk.troubles.filter(isDue)) {
    const admin = nextAdmin(desk, trouble.notifications, admins)
    if (admin === undefined) unheard.push(trouble)
    else byAdmin.set(admin, [...(byAdmin.get(admin) ?? []), trouble])
  }
  const due = [...byAdmin].map(([chatId, troubles]) => ({
    chatId,
    troubles,
    replyTo: threadOf(desk, chatId, troubles),
  }))
  return { due, unheard }
}

/** The message that reported all of these, or the troubles of their kind before them. */
function threadOf(desk: Desk, chatId: number, troubles: readonly Trouble[]): number | undefined {
  const messageOf = (trouble: Trouble | undefined) =>
    trouble && desk.messages.find(message => message.chatId === chatId && message.troubles.includes(trouble.id))
  const threads = troubles.map(trouble => (messageOf(trouble) ?? messageOf(earlierOf(desk, trouble)))?.messageId)
  return threads.every(one => one === threads[0]) ? threads[0] : undefined
}

/** Ends that were not reported in a chat yet, in the thread of the beginning; without a thread where the beginning could not be sent. */
export function dueEnds(desk: Desk, admins: readonly number[], now: Date): Outgoing[] {
  const over = desk.troubles.filter(({ endedAt }) => endedAt !== null)
  const heard = new Set(desk.messages.flatMap(({ chatId, ended }) => ended.map(id => `${chatId} ${id}`)))
  const ends = desk.messages.flatMap((message): Outgoing[] => {
    const troubles = over.filter(({ id }) => message.troubles.includes(id) && !heard.has(`${message.chatId} ${id}`))
    for (const { id } of troubles) heard.add(`${message.chatId} ${id}`)
    return troubles.length === 0 ? [] : [{ chatId: message.chatId, troubles, replyTo: message.messageId }]
  })
  const missed = over.filter(
    ({ notifications, chatFailures, nextNotifyAt }) =>
      notifications === 0 && chatFailures > 0 && nextNotifyAt.getTime() <= now.getTime(),
  )
  const admin = nextAdmin(desk, 0, admins)
  if (missed.length > 0 && admin !== undefined) ends.push({ chatId: admin, troubles: missed, replyTo: undefined })
  return ends
}

const changed = (desk: Desk, ids: readonly string[], change: (trouble: Trouble) => Trouble): Desk => ({
  ...desk,
  troubles: desk.troubles.map(one => (ids.includes(one.id) ? change(one) : one)),
})

/** This message has reported these troubles. */
export function notified(desk: Desk, message: AlertMessage, admins: number, now: Date): Desk {
  const next = changed(desk, message.troubles, one => ({
    ...one,
    notifications: one.notifications + 1,
    nextNotifyAt: new Date(now.getTime() + pauseAfter(one.notifications + 1, admins)),
    changedAt: now,
  }))
  return { ...next, messages: [...next.messages, message], unreachable: without(next.unreachable, message.chatId) }
}

/** The end of these troubles was reported in this chat. */
export function endNotified(desk: Desk, chatId: number, ids: readonly string[], now: Date): Desk {
  const next = changed(desk, ids, one => (one.notifications === 0 ? { ...one, notifications: 1, changedAt: now } : one))
  const messages = next.messages.map(message => {
    const here = message.chatId === chatId ? message.troubles.filter(id => ids.includes(id)) : []
    return here.length === 0 ? message : { ...message, ended: [...new Set([...message.ended, ...here])] }
  })
  return { ...next, messages }
}

/** The chat is closed to the bot: the next administrator is notified instead. */
export const closedTo = (desk: Desk, chatId: number, now: Date): Desk => ({
  ...desk,
  unreachable: { ...desk.unreachable, [chatId]: now },
})

export const openTo = (desk: Desk, chatId: number): Desk =>
  chatId in desk.unreachable ? { ...desk, unreachable: without(desk.unreachable, chatId) } : desk

/** These troubles could not be reported now. */
export const notNotified = (desk: Desk, ids: readonly string[], now: Date): Desk =>
  changed(desk, ids, one => ({
    ...one,
    chatFailures: one.chatFailures + 1,
    nextNotifyAt: new Date(now.getTime() + retryMs),
    changedAt: now,
  }))

function without(byId: Record<string, Date>, id: number): Record<string, Date> {
  const { [id]: _dropped, ...rest } = byId
  return rest
}
