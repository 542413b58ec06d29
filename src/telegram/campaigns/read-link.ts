import slugify from '@sindresorhus/slugify'
import { sources } from '../../events/catalogue.ts'
import { isCampaignSlug } from '../../users/start-payload.ts'

/** What /admin_link asks for. */
export interface LinkRequest {
  name: string
  slug: string
  /** The slug was named: this one or none. */
  exact: boolean
  price_rub: number | null
}
export type LinkProblem = 'no_name' | 'long_name' | 'bad_price' | 'bad_slug'

const longestName = 100
/** Leaves room for the number of a slug that is taken. */
const longestSlug = 56
const mostRub = 1_000_000_000
const price = /(?:^|\s)(\d{1,3}(?:\s\d{3})+|\d{1,12})(?:[.,](\d{1,2}))?\s?(?:₽|р\.?|руб\.?|рубл(?:ь|я|ей)|rub)$/iu

/** Reads «NAME», «NAME 15 000 ₽», «NAME = slug», «NAME = slug 15 000 ₽»; the slug may be a link that carries it. */
export function readLink(payload: string): LinkRequest | LinkProblem {
  const [before = '', ...parts] = oneLine(payload).split('=')
  const after = parts.length === 0 ? undefined : parts.join('=').trim()
  const [left, right] = [takePrice(before.trim()), takePrice(after ?? '')]
  const price_rub = right.price_rub ?? left.price_rub
  if ([left.rest, right.rest].some(rest => rest.includes('₽')) || (price_rub ?? 0) > mostRub) return 'bad_price'
  const name = left.rest
  if (name === '') return 'no_name'
  if ([...name].length > longestName) return 'long_name'
  if (after === undefined) return { name, slug: slugOfName(name), exact: false, price_rub }
  const slug = /[?&]start=([^&#\s]*)/.exec(right.rest)?.[1] ?? right.rest
  return isCampaignSlug(slug) ? { name, slug, exact: true, price_rub } : 'bad_slug'
}

/** Whether the name ends with a number that may have been meant as the price. */
export const endsWithNumber = (name: string): boolean => /\s\d+$/.test(name)

function takePrice(text: string): { rest: string; price_rub: number | null } {
  const found = price.exec(text)
  if (found === null) return { rest: text, price_rub: null }
  const [, roubles = '', kopecks = ''] = found
  let end = found.index
  while (end > 0 && /[\s,;:–—-]/u.test(text.charAt(end - 1))) end -= 1
  const rest = text.slice(0, end)
  return { rest, price_rub: Number(`${roubles.replaceAll(/\s/g, '')}.${kopecks || '0'}`) }
}

/** The slug that a name becomes: itself when it is one, else in Latin letters. */
function slugOfName(name: string): string {
  const latin = slugify(name, { decamelize: false, customReplacements: [['&', ' i ']] })
  const whole = latin.length <= longestSlug ? latin : latin.slice(0, longestSlug).replace(/-[^-]*$/, '')
  const slug = name.length <= longestSlug && isCampaignSlug(name) ? name : whole || 'link'
  const source = sources.find(known => known === slug.toLowerCase())
  // the link of a source is for those who ask for it by its very name
  return source === undefined || source === name ? slug : `${source}-2`
}

const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
