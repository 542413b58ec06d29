import { type Api, InlineKeyboard } from 'grammy'
import type { Progress } from '../../assistant/assistant.ts'
import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import { type Sleep, wokenUp } from '../../process/sleep.ts'
import { toApiSignal } from '../api/api-signal.ts'
import type { WaitingUsers } from '../queue/waiting-users.ts'
import { inThread, type Target } from '../reply.ts'
import type { DraftSupport } from './draft-support.ts'
import { texts } from './texts.ts'

export interface ProgressDisplay {
  show(progress: Progress): void
  /** The request waits for the model, at this place; null when it does not any more. Shown until something has been done. */
  queue(place: (() => QueuePlace) | null): void
  /** Ends it; nothing appears after it resolves. */
  stop(): Promise<LastProgress>
}

/** What is left of the progress when the answer comes. */
export interface LastProgress {
  /** The message that showed it; undefined for a draft, which vanishes with the answer. */
  messageId: number | undefined
  /** The user waited in the queue, and may look elsewhere: only a new message notifies them. Else the message becomes the answer. */
  isLate: boolean
}

export interface ProgressDeps {
  api: Pick<Api, 'sendMessageDraft' | 'sendMessage' | 'editMessageText'>
  target: Target
  sleep: Sleep
  drafts: DraftSupport
  waitingUsers: Pick<WaitingUsers, 'add'>
  /** Names the request in what its stop button sends; not 0. */
  requestNumber: number
  /** Where the request will stand in the queue; null when it will not wait. */
  place?: QueuePlace | null
  /** A message of an earlier process that shows it; null when there is none. */
  messageId?: number | null
  /** Called with the id of the message that shows it, when it was sent. */
  onMessage?: (messageId: number) => void
  /** A monotonic clock, in milliseconds. */
  nowMs?: () => number
}

/** When a stage that has changed is shown, counted from the beginning. */
const changeAfterMs = 4_000
/** When the user reads that it takes longer than usual. */
const slowAfterMs = 15_000
/** A draft is a preview of 30 s (Bot API, `sendMessageDraft`). */
const renewEveryMs = 27_000
/** When a draft that failed is tried again, so that the user sees a sign of life within two seconds. */
const tryAgainMs = 1_000
/** From this wait on, as estimated or as it was already, the place moves from the draft into a message, which stays while the user looks elsewhere. */
const messageFromMs = 5_000
/** How long the answer waits for a draft in flight, which must not arrive after it. */
const lastDraftMs = 1_000

/**
 * Shows the place in the queue, then what is being done, with a button that stops it: a message draft, which leaves nothing
 * behind when this process ends; for a longer wait, and where Telegram refuses drafts, a message. Three calls in the first
 * quarter of a minute, then one in 27 s: with the answer five a message; in the queue as many as its budget allows. A
 * courtesy: what fails of it is ignored.
 */
export function startProgress(deps: ProgressDeps): ProgressDisplay {
  const { api, target, sleep, drafts, waitingUsers, requestNumber, nowMs = () => performance.now() } = deps
  const { chatId } = target
  const ended = new AbortController()
  const { signal } = ended
  const cutOff = new AbortController()
  /** Aborted when the request begins to wait, or has waited. */
  let phase = new AbortController()
  let stage: Progress = { stage: 'thinking' }
  let isSlow = false
  let placeNow: (() => QueuePlace) | null = null
  let shown: { text: string; at: number } | undefined
  let messageId = deps.messageId ?? undefined
  let isLate = messageId !== undefined
  let queuedAt = 0
  /** The first sign of life is a draft, which no limit of Telegram delays; messages have to share a budget. */
  let mayBeMessage = false
  let inFlight: Promise<void> = Promise.resolve()
  let isPending = false

  if (deps.place) {
    const { place } = deps
    placeNow = () => place
  }
  const textNow = () => (placeNow === null ? texts.progress(stage, isSlow) : texts.queued(placeNow()))
  const isMessage = () => messageId !== undefined || !drafts.takes(chatId)
  const isLongWait = () =>
    placeNow !== null && (placeNow().waitMs >= messageFromMs || nowMs() - queuedAt >= messageFromMs)

  const asMessage = async (text: string) => {
    const reply_markup = new InlineKeyboard().text(texts.stop, stopData(requestNumber))
    if (messageId !== undefined) {
      await api.editMessageText(chatId, messageId, text, { reply_markup }, toApiSignal(signal))
      return
    }
    if (placeNow !== null) isLate = true
    messageId = (await api.sendMessage(chatId, text, { reply_markup, ...inThread(target) })).message_id
    deps.onMessage?.(messageId)
  }
  /** False when the chat takes no drafts. */
  const asDraft = async (text: string): Promise<boolean> => {
    const options = { can_stop: true, ...inThread(target) }
    try {
      await api.sendMessageDraft(chatId, requestNumber, text, options, toApiSignal(cutOff.signal))
      shown = { text, at: nowMs() }
      return true
    } catch (err) {
      return !drafts.isRefusal(chatId, err)
    }
  }
  const showNow = async () => {
    isPending = false
    if (signal.aborted) return
    const text = textNow()
    try {
      const staysDraft = !isMessage() && !(mayBeMessage && isLongWait())
      if (staysDraft && ((await asDraft(text)) || signal.aborted)) return
      if (messageId !== undefined && text === shown?.text) return
      await asMessage(text)
      shown = { text, at: nowMs() }
    } catch {
      // counted and logged where calls are made; the next time tries again
    }
  }
  /** One call at a time; what has changed during it is in the next one. */
  const present = () => {
    if (!isPending) inFlight = inFlight.then(showNow)
    isPending = true
    return inFlight
  }
  const isChanged = () => textNow() !== shown?.text

  const waitInQueue = async (left: AbortSignal) => {
    queuedAt = nowMs()
    // what an earlier process has shown is renewed within the budget: of many, all are taken over together
    if (shown === undefined && messageId === undefined) await present()
    const leave = waitingUsers.add({
      place: () => placeNow?.() ?? { ahead: 0, waitMs: 0 },
      shownAt: () => (shown === undefined || (!isMessage() && isLongWait()) ? null : shown.at),
      isOutdated: () => isChanged() || !isMessage(),
      renew: () => {
        mayBeMessage = true
        return present()
      },
    })
    await aborted(left)
    leave()
  }
  const work = async (left: AbortSignal) => {
    isSlow = false
    await present()
    if (shown === undefined) {
      await sleep(tryAgainMs, left)
      await present()
    }
    await sleep(changeAfterMs, left)
    if (!left.aborted && isChanged()) await present()
    await sleep(slowAfterMs - changeAfterMs, left)
    isSlow = true
    while (!left.aborted) {
      await present()
      // a message stays as it is: only a draft has to be renewed
      if (isMessage()) return aborted(left)
      await sleep(renewEveryMs, left)
    }
  }
  const run = async () => {
    while (!signal.aborted) {
      phase = new AbortController()
      await (placeNow === null ? work(phase.signal) : waitInQueue(phase.signal))
    }
  }
  void run()

  return {
    show: progress => {
      stage = progress
      if (stage.stage === 'thinking' || placeNow === null) return
      placeNow = null
      phase.abort(wokenUp)
    },
    queue: place => {
      if (stage.stage !== 'thinking') return
      const isSamePhase = (place === null) === (placeNow === null)
      placeNow = place
      if (!isSamePhase) phase.abort(wokenUp)
    },
    stop: async () => {
      ended.abort(wokenUp)
      phase.abort(wokenUp)
      const answerWaits = new AbortController()
      void sleep(lastDraftMs, answerWaits.signal).then(() => cutOff.abort(wokenUp))
      await inFlight
      answerWaits.abort(wokenUp)
      return { messageId, isLate }
    },
  }
}

/** What the stop button of a progress message sends. */
const stopData = (requestNumber: number) => `stop_${requestNumber}`

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
