import type { Api } from 'grammy'
import type { Progress } from '../../assistant/assistant.ts'
import type { Sleep } from '../../process/sleep.ts'
import { toApiSignal } from '../api/api-signal.ts'
import { inThread, type Target } from '../reply.ts'
import { texts } from './texts.ts'

export interface ProgressDisplay {
  show(progress: Progress): void
  /** Removes the progress message; nothing appears after it resolves. */
  stop(): Promise<void>
}

/** «typing» lasts five seconds in the apps. */
const typingEveryMs = 4_000
const editEveryMs = 1_000

/**
 * «typing» and one message that shows the stage, changed at most once a second. A courtesy: what Telegram refuses of it
 * is ignored.
 */
export function startProgress({ api, target, sleep }: { api: Api; target: Target; sleep: Sleep }): ProgressDisplay {
  const { chatId } = target
  const ended = new AbortController()
  const { signal } = ended
  let wanted: string | undefined
  let shown: { messageId: number; text: string } | undefined
  let showing: Promise<void> | undefined

  const typing = async () => {
    while (!signal.aborted) {
      await api.sendChatAction(chatId, 'typing', inThread(target), toApiSignal(signal)).catch(ignoreFailure)
      await sleep(typingEveryMs, signal)
    }
  }
  const showWanted = async () => {
    while (!signal.aborted && wanted !== undefined && wanted !== shown?.text) {
      const text = wanted
      try {
        if (shown === undefined)
          shown = { messageId: (await api.sendMessage(chatId, text, inThread(target))).message_id, text }
        else {
          await api.editMessageText(chatId, shown.messageId, text, {}, toApiSignal(signal))
          shown = { ...shown, text }
        }
      } catch {
        return // the next stage tries again
      }
      await sleep(editEveryMs, signal)
    }
  }
  void typing()

  return {
    show: progress => {
      wanted = texts.progress(progress)
      showing ??= showWanted().finally(() => {
        showing = undefined
      })
    },
    stop: async () => {
      ended.abort()
      await showing
      if (shown !== undefined) await api.deleteMessage(chatId, shown.messageId).catch(ignoreFailure)
    },
  }
}

function ignoreFailure(): void {
  // counted and logged where calls are made
}
