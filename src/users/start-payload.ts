import { slugPattern } from '../events/catalogue.ts'
import type { StartFact } from '../events/facts.ts'

/** What a `/start` payload says. Any text is accepted; what is not known is organic. */
export function parseStartPayload(payload: string): Pick<StartFact, 'source' | 'inviter' | 'campaign'> {
  const campaign = isCampaignSlug(payload) ? payload : null
  if (payload === 'habr' || payload === 'vc' || payload === 'telegram')
    return { source: payload, inviter: null, campaign }
  return { source: 'organic', inviter: inviterIn(payload), campaign }
}

/** Whether a link may carry it: what Telegram allows behind `?start=`, and no invitation. */
export const isCampaignSlug = (text: string): boolean => slugPattern.test(text) && !/^ref_/i.test(text)

function inviterIn(payload: string): StartFact['inviter'] {
  const reference = /^ref_([A-Za-z0-9_-]{1,60})$/.exec(payload)?.[1]
  if (reference === undefined) return null
  if (!/^\d+$/.test(reference)) return { code: reference }
  const userId = Number(reference)
  return Number.isSafeInteger(userId) && userId > 0 ? { userId } : null
}
