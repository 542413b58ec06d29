import type { StartFact } from '../events/facts.ts'

/** What a `/start` payload says. Any text is accepted; what is not known is organic. */
export function parseStartPayload(payload: string): Pick<StartFact, 'source' | 'inviter'> {
  if (payload === 'habr' || payload === 'vc' || payload === 'telegram') return { source: payload, inviter: null }
  const reference = /^ref_([A-Za-z0-9_-]{1,60})$/.exec(payload)?.[1]
  if (reference === undefined) return { source: 'organic', inviter: null }
  if (!/^\d+$/.test(reference)) return { source: 'organic', inviter: { code: reference } }
  const userId = Number(reference)
  return { source: 'organic', inviter: Number.isSafeInteger(userId) && userId > 0 ? { userId } : null }
}
