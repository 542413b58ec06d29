import type { Source } from '../../events/catalogue.ts'
import type { Random } from './random.ts'

/** A campaign of the synthetic history. */
export interface DemoCampaign {
  slug: string
  name: string
  price_rub: number | null
}

/** The links that are claimed: one of a source, one with a price, one without. */
export const demoCampaigns: readonly DemoCampaign[] = [
  { slug: 'habr', name: 'Хабр, статья о боте', price_rub: 30_000 },
  { slug: 'podcast-o-ede', name: 'Подкаст о еде', price_rub: 12_500 },
  { slug: 'listovki-vo-dvore', name: 'Листовки во дворе', price_rub: null },
]

/** Followed by many, and not claimed. */
export const unclaimedDemoSlug = 'vk-kulinary'

/** The slug with which user `index` sends a /start from this source. */
export function slugOf(source: Source, index: number, random: Random): string | null {
  if (source === 'referral') return null
  if (source !== 'organic') return source
  const slugs = { 'podcast-o-ede': 3, 'listovki-vo-dvore': 2, [unclaimedDemoSlug]: 3, typed: 1, none: 5 }
  const slug = random.weighted(slugs)
  if (slug === 'typed') return `typed_${index}`
  return slug === 'none' ? null : slug
}
