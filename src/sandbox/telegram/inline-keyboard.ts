import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types'
import { z } from 'zod'
import { badRequest } from './bot-api-refusal.ts'
import { checkedLink } from './html-text.ts'
import type { RequestParams } from './request-params.ts'

const Button = z.looseObject({ text: z.string(), url: z.string().optional(), callback_data: z.string().optional() })
const Markup = z.looseObject({ inline_keyboard: z.array(z.array(Button)).optional() })

/** The inline keyboard of a call, or undefined when there is none; keyboards below the field are taken and not shown. */
export function readInlineKeyboard(params: RequestParams): InlineKeyboardMarkup | undefined {
  const rows = params.json('reply_markup', Markup)?.inline_keyboard?.filter(row => row.length > 0) ?? []
  if (rows.length === 0) return undefined
  if (rows.flat().length > 100) throw badRequest('reply markup is too long')
  return { inline_keyboard: rows.map(row => row.map(readButton)) }
}

const ForceReply = z.looseObject({
  force_reply: z.literal(true),
  input_field_placeholder: z.string().max(64).optional(),
})

/** What the input field shows when the call asks the user to answer this message; undefined when it does not. */
export function readForceReply(params: RequestParams): { placeholder: string } | undefined {
  const markup = ForceReply.safeParse(params.json('reply_markup', z.looseObject({})))
  return markup.success ? { placeholder: markup.data.input_field_placeholder ?? '' } : undefined
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
