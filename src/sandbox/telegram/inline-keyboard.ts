import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types'
import { z } from 'zod'
import { badRequest } from './bot-api-refusal.ts'
import { checkedLink } from './html-text.ts'
import type { RequestParams } from './request-params.ts'

const Button = z.looseObject({ text: z.string(), url: z.string().optional(), callback_data: z.string().optional() })
const Markup = z.looseObject({ inline_keyboard: z.array(z.array(Button)).optional() })

/** The inline keyboard of a call, or undefined when there is none; other keyboards are taken and not shown. */
export function readInlineKeyboard(params: RequestParams): InlineKeyboardMarkup | undefined {
  const rows = params.json('reply_markup', Markup)?.inline_keyboard?.filter(row => row.length > 0) ?? []
  if (rows.length === 0) return undefined
  if (rows.flat().length > 100) throw badRequest('reply markup is too long')
  return { inline_keyboard: rows.map(row => row.map(readButton)) }
}

function readButton({ text, url, callback_data: data }: z.infer<typeof Button>): InlineKeyboardButton {
  if (text.trim() === '') throw badRequest("can't parse inline keyboard button: Text must be non-empty")
  if (url) {
    const checked = checkedLink(url)
    if (checked === undefined) throw badRequest(`inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`)
    return { text, url: checked }
  }
  if (!data) {
    throw badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
  }
  if (Buffer.byteLength(data) > 64) throw badRequest('BUTTON_DATA_INVALID')
  return { text, callback_data: data }
}
