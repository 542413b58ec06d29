import { LRUCache } from 'lru-cache'

/** What users wrote before they agreed: in memory only, for a few minutes, never anywhere else. */
export interface WaitingTexts {
  keep(userId: number, text: string): void
  has(userId: number): boolean
  /** Hands the text out once. */
  take(userId: number): string | undefined
}

const keptForMs = 10 * 60_000

export function createWaitingTexts({ now }: { now: () => Date }): WaitingTexts {
  const texts = new LRUCache<number, { text: string; until: number }>({ max: 1000 })
  const find = (userId: number) => {
    const kept = texts.get(userId)
    return kept !== undefined && kept.until >= now().getTime() ? kept.text : undefined
  }
  return {
    keep: (userId, text) => void texts.set(userId, { text, until: now().getTime() + keptForMs }),
    has: userId => find(userId) !== undefined,
    take: userId => {
      const text = find(userId)
      texts.delete(userId)
      return text
    },
  }
}
