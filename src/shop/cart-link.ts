import { z } from 'zod'
import { McpError } from '../errors.ts'

const exactForm = /^https:\/\/(?:www\.)?vkusvill\.ru\/?\?share_basket=(\d{1,20})$/
const Made = z.looseObject({ link: z.string() })

/** The cart link of the tool's answer, rebuilt from its number. Throws McpError for a link of any other form. */
export function parseCartLink(data: unknown): string {
  const made = Made.safeParse(data)
  if (!made.success) throw new McpError('unreadable', 'no cart link in the answer', false)
  const basket = exactForm.exec(made.data.link)?.[1]
  if (basket === undefined) throw new McpError('bad_link', 'the cart link has an unexpected form', false)
  return `https://vkusvill.ru/?share_basket=${basket}`
}
