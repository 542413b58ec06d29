import type { Message } from 'grammy/types'
import type { ChatChange } from '../../src/sandbox/telegram/chats.ts'
import type { FakeTelegram } from '../../src/sandbox/telegram/fake-telegram.ts'
import { type Promised, readPromise, wording } from './wording.ts'

/** What a user sent or pressed. */
export interface UserAction {
  kind: 'command' | 'press' | 'request' | 'request by button' | 'more' | 'stop'
  /** What was written, or the label of the button. */
  text: string
  /** By the monotonic clock, ms. */
  at: number
  /** The newest message of the chat before it: an answer comes later. */
  after: number
  /** What the text of its own answer holds; null when any word of the bot will do. */
  expects: RegExp | null
  /** When the chat changed for the first time after it; null when it never did. */
  seenAt: number | null
}

/** A place in the queue as the user read it. */
interface ReadPlace extends Promised {
  at: number
  /** The user waits no longer: the request had its turn, or was stopped or refused. */
  isOver: boolean
  /** When the request had its turn; null when it never had. */
  turnAt: number | null
}

/** A message of the bot as it stands in the chat. */
export interface Shown {
  id: number
  /** When it appeared or last changed. */
  at: number
  text: string
  buttons: { text: string; data?: string; url?: string }[]
}

/** One user's side of the chat with the bot: what was sent, what was seen, and when. */
export interface PlayedChat {
  userId: number
  sent: readonly UserAction[]
  places: readonly ReadPlace[]
  /** What the chat showed of the bot, oldest first: also what vanished again. */
  changes: readonly { at: number; text: string }[]
  /** How often a place was higher than the one read before it, while waiting for the same turn. */
  placeRose(): number
  /** The messages of the bot after that one, oldest first. */
  shown(after?: number): Shown[]
}

/** A chat that goes on. */
export interface HabrChat extends PlayedChat {
  send(kind: UserAction['kind'], text: string, expects: RegExp | null): UserAction
  /** Presses the newest button with that label; undefined when there is none. */
  press(label: RegExp, expects: RegExp | null, kind?: UserAction['kind']): UserAction | undefined
  /** Presses the stop button of the draft that the bot is writing; undefined when it shows none. */
  pressStop(): UserAction | undefined
  /** Resolves to what `find` gives after one of the next changes; to undefined when the day is over. */
  until<T>(find: () => T | undefined): Promise<T | undefined>
}

/** What ends a wait without a turn. */
const noTurn = [wording.stopped, wording.refused, wording.apology]

export function openChat(telegram: FakeTelegram, userId: number, over: AbortSignal): HabrChat {
  const { act } = telegram
  const sent: UserAction[] = []
  const places: ReadPlace[] = []
  const changes: { at: number; text: string }[] = []
  const changedAt = new Map<number, number>()
  const waiting = new Set<() => void>()
  let lastId = 0
  let rises = 0

  const readText = (text: string, at: number) => {
    const promised = readPromise(text)
    const before = places.at(-1)
    if (promised === null) {
      const hasTurn = !noTurn.some(ending => ending.test(text))
      for (const place of places.filter(({ isOver }) => !isOver)) {
        place.isOver = true
        if (hasTurn) place.turnAt = at
      }
      return
    }
    if (before !== undefined && !before.isOver && before.place < promised.place) rises += 1
    places.push({ ...promised, at, isOver: false, turnAt: null })
  }
  act.watch(userId, change => {
    const at = performance.now()
    if (change.kind === 'message') lastId = change.message.message_id
    if (isOfUser(change, userId)) return
    if ('message' in change) changedAt.set(change.message.message_id, at)
    for (const one of sent) one.seenAt ??= at
    const text = textOf(change)
    changes.push({ at, text: `${change.kind} ${text ?? ''}`.trim() })
    if (text !== undefined) readText(text, at)
    for (const look of waiting) look()
  })

  const shown = (after = 0): Shown[] =>
    act
      .messages(userId)
      .filter(({ message_id, from }) => message_id > after && from?.is_bot === true)
      .map(message => ({
        id: message.message_id,
        at: changedAt.get(message.message_id) ?? 0,
        text: message.text ?? message.caption ?? '',
        buttons: buttonsOf(message),
      }))
  const note = (kind: UserAction['kind'], text: string, expects: RegExp | null): UserAction => {
    const one = { kind, text, at: performance.now(), after: lastId, expects, seenAt: null }
    sent.push(one)
    return one
  }

  return {
    userId,
    sent,
    places,
    changes,
    placeRose: () => rises,
    send: (kind, text, expects) => {
      const one = note(kind, text, expects)
      act.send(userId, { text })
      return one
    },
    press: (label, expects, kind = 'press') => {
      const found = shown()
        .flatMap(({ id, buttons }) => buttons.map(button => ({ id, ...button })))
        .findLast(({ text, data }) => data !== undefined && label.test(text))
      if (found?.data === undefined) return undefined
      const one = note(kind, found.text, expects)
      act.press(userId, found.id, found.data)
      return one
    },
    pressStop: () => {
      const draft = act.draft(userId)
      if (draft?.can_stop !== true) return undefined
      const one = note('press', 'Стоп', null)
      act.stop(userId, draft.draft_id)
      return one
    },
    shown,
    until: find =>
      new Promise(resolve => {
        const look = () => {
          const found = find()
          if (found === undefined && !over.aborted) return
          waiting.delete(look)
          over.removeEventListener('abort', look)
          resolve(found)
        }
        waiting.add(look)
        over.addEventListener('abort', look)
        look()
      }),
  }
}

const isOfUser = (change: ChatChange, userId: number): boolean => {
  if (change.kind === 'message' || change.kind === 'edited') return change.message.from?.id === userId
  // a draft that vanishes, or a reply that is asked for, comes with a message
  return change.kind === 'deleted' || change.kind === 'reply' || (change.kind === 'draft' && change.draft === null)
}

function textOf(change: ChatChange): string | undefined {
  if (change.kind === 'message' || change.kind === 'edited') return change.message.text
  return change.kind === 'draft' ? change.draft?.text : undefined
}

const buttonsOf = ({ reply_markup }: Message): Shown['buttons'] =>
  (reply_markup?.inline_keyboard ?? []).flat().map(button => ({
    text: button.text,
    ...('callback_data' in button ? { data: button.callback_data } : {}),
    ...('url' in button ? { url: button.url } : {}),
  }))
