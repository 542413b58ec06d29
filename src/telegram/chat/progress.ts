import { type Api, InlineKeyboard } from 'grammy'
import type { Progress } from '../../assistant/assistant.ts'
import type { Sleep } from '../../process/sleep.ts'
import { toApiSignal } from '../api/api-signal.ts'
import { inThread, type Target } from '../reply.ts'
import type { DraftSupport } from './draft-support.ts'
import { texts } from './texts.ts'

export interface ProgressDisplay {
  show(progress: Progress): void
  /**
   * Ends it; nothing appears after it resolves. Resolves to the message that is to become the answer; undefined when the
   * answer is a message of its own, with which the draft vanishes.
   */
  stop(): Promise<number | undefined>
}

export interface ProgressDeps {
  api: Pick<Api, 'sendMessageDraft' | 'sendMessage' | 'editMessageText'>
  target: Target
  sleep: Sleep
  drafts: DraftSupport
  /** Names the request in what its stop button sends; not 0. */
  requestNumber: number
}

/** When a stage that has changed is shown, counted from the beginning. */
const changeAfterMs = 4_000
/** When the user reads that it takes longer than usual. */
const slowAfterMs = 15_000
/** A draft is a preview of 30 s (Bot API, `sendMessageDraft`). */
const renewEveryMs = 27_000
/** How long the answer waits for a draft in flight, which must not arrive after it. */
const lastDraftMs = 1_000

/**
 * Shows what is being done, with a button that stops it: a message draft, which leaves nothing behind when this process
 * ends; where Telegram refuses drafts a message, which becomes the answer. Three calls in the first quarter of a minute, then
 * one in 27 s: with the answer five a message. A courtesy: what fails of it is ignored.
 */
export function startProgress({ api, target, sleep, drafts, requestNumber }: ProgressDeps): ProgressDisplay {
  const { chatId } = target
  const ended = new AbortController()
  const { signal } = ended
  let stage: Progress = { stage: 'thinking' }
  let isSlow = false
  let shownText: string | undefined
  let messageId: number | undefined
  let inFlight: Promise<void> = Promise.resolve()
  const cutOff = new AbortController()

  const asMessage = async (text: string) => {
    const reply_markup = new InlineKeyboard().text(texts.stop, stopData(requestNumber))
    if (messageId !== undefined)
      await api.editMessageText(chatId, messageId, text, { reply_markup }, toApiSignal(signal))
    else messageId = (await api.sendMessage(chatId, text, { reply_markup, ...inThread(target) })).message_id
  }
  const asDraft = (text: string) => {
    const options = { can_stop: true, ...inThread(target) }
    return api.sendMessageDraft(chatId, requestNumber, text, options, toApiSignal(cutOff.signal))
  }
  const showNow = async () => {
    const text = texts.progress(stage, isSlow)
    try {
      if (drafts.takes(chatId)) {
        const refused = await asDraft(text).then(
          () => false,
          err => drafts.isRefusal(chatId, err),
        )
        shownText = text
        if (!refused || signal.aborted) return
      } else if (text === shownText) return
      await asMessage(text)
      shownText = text
    } catch {
      // counted and logged where calls are made; the next time tries again
    }
  }
  const present = () => {
    inFlight = showNow()
    return inFlight
  }
  const isChanged = () => texts.progress(stage, isSlow) !== shownText

  const run = async () => {
    await present()
    await sleep(changeAfterMs, signal)
    if (!signal.aborted && isChanged()) await present()
    await sleep(slowAfterMs - changeAfterMs, signal)
    isSlow = true
    while (!signal.aborted) {
      await present()
      // a message stays as it is: only a draft has to be renewed
      if (!drafts.takes(chatId)) return
      await sleep(renewEveryMs, signal)
    }
  }
  void run()

  return {
    show: progress => {
      stage = progress
    },
    stop: async () => {
      ended.abort()
      const answerWaits = new AbortController()
      void sleep(lastDraftMs, answerWaits.signal).then(() => cutOff.abort())
      await inFlight
      answerWaits.abort()
      return messageId
    },
  }
}

/** What the stop button of a progress message sends. */
const stopData = (requestNumber: number) => `stop_${requestNumber}`
