import { setMaxListeners } from 'node:events'
import { type Api, InlineKeyboard } from 'grammy'
import type { AlertChat, Sent } from '../../telemetry/alerts/delivery/alert-chat.ts'
import { type AlertMessage, type Desk, isMuted, type Trouble } from '../../telemetry/alerts/delivery/desk.ts'
import { earlierOf } from '../../telemetry/alerts/delivery/troubles.ts'
import { toApiSignal } from '../api/api-signal.ts'
import { isUnreachable } from '../api/telegram-refusal.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { splitHtml } from '../split-html.ts'
import { type AlertTexts, isCritical } from './render-alerts.ts'
import type { Clock } from './show-time.ts'
import { texts } from './texts.ts'

export interface AlertChatDeps {
  api: Api
  render: AlertTexts
  clock: Clock
  now: () => Date
  /** After it another way is tried: an alert must not wait for Telegram as a reply does. */
  timeoutMs?: number
}

const escalatedAfterMinutes = 15

/** The chats of administrators over the Bot API. */
export function createAlertChat({ api, render, clock, now, timeoutMs = 20_000 }: AlertChatDeps): AlertChat {
  const limit = () => {
    const signal = AbortSignal.timeout(timeoutMs)
    setMaxListeners(0, signal) // each repeated attempt listens to it
    return toApiSignal(signal)
  }

  const send = async (chatId: number, text: Html, options: SendOptions): Promise<Sent> => {
    const { replyTo, keyboard, isSilent } = options
    const [part = html``] = splitHtml(text)
    try {
      const { message_id } = await api.sendMessage(
        chatId,
        part.source,
        {
          ...format,
          disable_notification: isSilent,
          ...(keyboard !== undefined && { reply_markup: keyboard }),
          ...(replyTo !== undefined && {
            reply_parameters: { message_id: replyTo, allow_sending_without_reply: true },
          }),
        },
        limit(),
      )
      return { outcome: 'sent', messageId: message_id }
    } catch (err) {
      return { outcome: isUnreachable(err) ? 'closed' : 'failed' } // logged where calls are made
    }
  }

  const above = (desk: Desk, chatId: number, troubles: readonly Trouble[]): Html | undefined => {
    const [first] = troubles
    if (first === undefined) return undefined
    const isKnownHere = desk.messages.some(one => one.chatId === chatId && one.troubles.includes(first.id))
    if (isKnownHere) return texts.stillFiring
    if (first.notifications > 0) return texts.escalated(escalatedAfterMinutes)
    return earlierOf(desk, first) === undefined ? undefined : texts.again
  }
  const below =
    (desk: Desk, chatId: number) =>
    (trouble: Trouble): Html | null => {
      const { taken, group, endedAt } = trouble
      if (endedAt !== null) return null
      const until = desk.mutes[group]
      const remarks = [
        ...(taken === null
          ? []
          : [(taken.by === chatId ? texts.takenByReader : texts.takenByOther)(clock.show(taken.at, now()))]),
        ...(until !== undefined && isMuted(desk, group, now()) ? [texts.mutedUntil(clock.show(until, now()))] : []),
      ]
      return remarks.length === 0 ? null : joinHtml(remarks, '\n')
    }

  return {
    notify: ({ chatId, troubles, replyTo }, buttons, desk) =>
      send(chatId, render.firing(troubles, { above: above(desk, chatId, troubles) }), {
        replyTo,
        keyboard: keyboardOf(buttons, desk, troubles, now()),
        isSilent: !isCritical(troubles),
      }),
    sendEnd: ({ chatId, troubles, replyTo }) =>
      send(chatId, render.over(troubles), { replyTo, isSilent: !isCritical(troubles) }),
    refresh: async (message: AlertMessage, desk: Desk) => {
      const troubles = desk.troubles.filter(({ id }) => message.troubles.includes(id))
      const isOver = troubles.every(({ endedAt }) => endedAt !== null)
      const text = render.firing(troubles, { below: below(desk, message.chatId) })
      const keyboard = isOver ? {} : { reply_markup: keyboardOf(message.id, desk, troubles, now()) }
      const [part = html``] = splitHtml(text)
      await api
        .editMessageText(message.chatId, message.messageId, part.source, { ...format, ...keyboard }, limit())
        .catch(() => undefined) // it may be deleted; logged where calls are made
    },
    sendTest: (chatId, { text }) => send(chatId, html`${text}`, { isSilent: true }),
    look: async chatId => {
      try {
        await api.sendChatAction(chatId, 'typing', {}, limit())
        return 'open'
      } catch (err) {
        return isUnreachable(err) ? 'closed' : 'unknown'
      }
    },
  }
}

interface SendOptions {
  replyTo?: number | undefined
  keyboard?: InlineKeyboard
  isSilent: boolean
}

function keyboardOf(id: string, desk: Desk, troubles: readonly Trouble[], now: Date): InlineKeyboard {
  const open = troubles.filter(({ endedAt }) => endedAt === null)
  const keyboard = new InlineKeyboard()
  if (open.some(({ group }) => !isMuted(desk, group, now))) keyboard.text(texts.mute, `admin_alert_mute_${id}`)
  if (open.some(({ taken }) => taken === null)) keyboard.text(texts.take, `admin_alert_take_${id}`)
  return keyboard.text(texts.help, `admin_alert_help_${id}`)
}

const format = { parse_mode: 'HTML', link_preview_options: { is_disabled: true } } as const
