import { z } from 'zod'
import { McpError } from '../errors.ts'

/** The operator's partner mark: name and value of a query parameter. */
export interface Affiliate {
  param: string
  tag: string
}

export interface CartLink {
  link: string
  /** The partner mark of the link, or null. */
  affiliateTag: string | null
}

const start = /^https:\/\/(?:www\.)?vkusvill\.ru\/?\?([\w.~&=-]{1,300})$/
const Made = z.looseObject({ link: z.string() })

/**
 * Rebuilds the cart link of the tool's answer from its number, with the partner mark if one is set; a mark that the shop has
 * added is retained. Throws McpError for a link of any other form.
 */
export function parseCartLink(data: unknown, affiliate?: Affiliate): CartLink {
  const made = Made.safeParse(data)
  if (!made.success) throw new McpError('unreadable', 'no cart link in the answer', false)
  const query = new Map<string, string>()
  for (const pair of start.exec(made.data.link)?.[1]?.split('&') ?? []) {
    const [name = '', value = '', ...more] = pair.split('=')
    if (query.has(name) || value === '' || more.length > 0) throw badLink()
    query.set(name, value)
  }
  const basket = query.get('share_basket')
  const carried = affiliate === undefined ? undefined : query.get(affiliate.param)
  if (basket === undefined || !/^\d{1,20}$/.test(basket) || query.size !== (carried === undefined ? 1 : 2))
    throw badLink()
  const link = `https://vkusvill.ru/?share_basket=${basket}`
  if (affiliate === undefined) return { link, affiliateTag: null }
  const affiliateTag = carried ?? affiliate.tag
  return { link: `${link}&${affiliate.param}=${affiliateTag}`, affiliateTag }
}

const badLink = () => new McpError('bad_link', 'the cart link has an unexpected form', false)
