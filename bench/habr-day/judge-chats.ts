import { quantile } from '../measure.ts'
import type { PlayedChat, UserAction } from './chat.ts'
import type { Outage } from './fleet.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { wording } from './wording.ts'

/** What the chats show after the day. Times in milliseconds. */
export interface ChatVerdict {
  users: number
  messages: number
  /** Messages after which the chat changed within two seconds. */
  seen: number
  /** Of the others, those sent while a bot was down or its users waited to be taken over. */
  unseenInOutage: number
  /** Those sent at another time. */
  late: string[]
  slowestSeenMs: number
  /** Waits for a cart: median, nine of ten, longest. */
  waits: { median: number; most: number; longest: number; carts: number }
  places: {
    read: number
    /** Actual wait by promised wait, of places with a time. */
    ratio: { low: number; median: number; high: number } | null
    /** How far the promise was from what happened, 90 % of them, ms. */
    offMs: number | null
    rose: number
  }
  outcomes: Record<Outcome, number>
  /** Users in whose chat a later message was answered before an earlier one. */
  disordered: string[]
  /** Messages that nothing of the bot came to, and reminders that were asked for and did not come. */
  lost: string[]
  /** Carts that stand in the chat more than once. */
  repeated: number
  reminded: number
  /** Different cart links over all chats. */
  carts: number
  /** Messages that are no command, and buttons that ask for a cart: each is counted by the bot. */
  countable: number
  shoppers: number
  starts: number
}

const seenWithinMs = 2_000
/** A bot that was killed is taken for dead after eight seconds, and its users are taken over within two more. */
const takeoverMs = 10_000

export function judgeChats(chats: readonly PlayedChat[], outages: readonly Outage[]): ChatVerdict {
  const all = chats.flatMap(chat => chat.sent.map(sent => ({ chat, sent, end: outcomeOf(chat, sent) })))
  const outcomes: ChatVerdict['outcomes'] = { answered: 0, refused: 0, stopped: 0, apologised: 0, too_fast: 0 }
  for (const { end } of all) if (end !== undefined) outcomes[end.outcome] += 1
  const isSeen = ({ at, seenAt }: UserAction) => seenAt !== null && seenAt - at <= seenWithinMs
  const unseen = all.filter(({ sent }) => !isSeen(sent))
  const isInOutage = ({ sent }: { sent: UserAction }) =>
    outages.some(({ from, to }) => sent.at >= from - seenWithinMs && sent.at <= to + takeoverMs)
  const links = chats.map(chat =>
    chat
      .shown()
      .flatMap(({ buttons }) => buttons.flatMap(({ url }) => (url?.includes('share_basket') === true ? [url] : []))),
  )
  const texts = all.filter(({ sent }) => !['command', 'press'].includes(sent.kind))
  const cartWaits = all.flatMap(({ sent, end }) =>
    sent.kind.startsWith('request') && end?.outcome === 'answered' ? [end.by.at - sent.at] : [],
  )
  const seenMs = all.flatMap(({ sent }) => (sent.seenAt === null ? [] : [sent.seenAt - sent.at]))
  return {
    users: chats.length,
    messages: all.length,
    seen: all.length - unseen.length,
    unseenInOutage: unseen.filter(isInOutage).length,
    late: unseen.filter(one => !isInOutage(one)).map(({ chat, sent }) => describeLate(chat, sent)),
    slowestSeenMs: Math.max(0, ...seenMs),
    waits: {
      median: middle(cartWaits, 0.5),
      most: middle(cartWaits, 0.9),
      longest: Math.max(0, ...cartWaits),
      carts: cartWaits.length,
    },
    places: judgePlaces(chats),
    outcomes,
    disordered: chats.flatMap(findDisorder),
    lost: [
      ...all.filter(({ end }) => end === undefined).map(({ chat, sent }) => describeLost(chat, sent, 'no answer')),
      ...all.filter(lacksReminder).map(({ chat, sent }) => describeLost(chat, sent, 'no reminder')),
    ],
    repeated: links.reduce((sum, mine) => sum + mine.length - new Set(mine).size, 0),
    reminded: chats.filter(chat => chat.shown().some(({ text }) => wording.reminder.test(text))).length,
    carts: new Set(links.flat()).size,
    countable: texts.length,
    shoppers: new Set(texts.map(({ chat }) => chat.userId)).size,
    starts: all.filter(({ sent }) => sent.text.startsWith('/start')).length,
  }
}

/** True for a reminder that was asked for and did not come, and that the user has not taken back by writing again. */
const lacksReminder = ({ chat, sent }: { chat: PlayedChat; sent: UserAction }): boolean =>
  sent.kind === 'press' &&
  wording.remind.test(sent.text) &&
  !chat.sent.some(later => later.at > sent.at && later.kind !== 'press') &&
  !chat.shown(sent.after).some(({ text }) => wording.reminder.test(text))

/** The order in which messages were answered, against the order in which they were sent. */
function findDisorder(chat: PlayedChat): string[] {
  const answers = chat.sent.flatMap(sent => {
    const end = sent.kind === 'press' || sent.expects === null ? undefined : outcomeOf(chat, sent)
    return end?.outcome === 'answered' ? [end.by.id] : []
  })
  const isOrdered = answers.every((id, i) => i === 0 || id >= (answers[i - 1] ?? 0))
  return isOrdered ? [] : [`user ${chat.userId}: messages were answered in the order ${answers.join(', ')}`]
}

function judgePlaces(chats: readonly PlayedChat[]): ChatVerdict['places'] {
  const read = chats.flatMap(({ places }) => places)
  const timed = read.flatMap(({ at, turnAt, waitMs }) =>
    turnAt === null ? [] : [{ promisedMs: waitMs, actualMs: turnAt - at }],
  )
  const ratios = timed.map(({ promisedMs, actualMs }) => actualMs / promisedMs)
  const off = timed.map(({ promisedMs, actualMs }) => Math.abs(actualMs - promisedMs))
  return {
    read: read.length,
    ratio:
      timed.length === 0 ? null : { low: middle(ratios, 0.1), median: middle(ratios, 0.5), high: middle(ratios, 0.9) },
    offMs: timed.length === 0 ? null : middle(off, 0.9),
    rose: chats.reduce((sum, chat) => sum + chat.placeRose(), 0),
  }
}

const middle = (values: readonly number[], share: number) => (values.length === 0 ? 0 : quantile(values, share))

const describeLost = (chat: PlayedChat, action: UserAction, lack: string): string =>
  `user ${chat.userId}: ${action.kind} «${action.text}» has ${lack}`

const describeLate = ({ userId }: PlayedChat, { kind, text, at, seenAt }: UserAction): string =>
  `user ${userId}: ${kind} «${text}» was ${seenAt === null ? 'never seen' : `seen after ${((seenAt - at) / 1000).toFixed(1)} s`}`
