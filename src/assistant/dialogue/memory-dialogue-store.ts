import { LRUCache } from 'lru-cache'
import { createDialogueStore, type DialogueStore } from './dialogue-store.ts'
import { bytesOf, textBytes, textTtlMs } from './text-store.ts'

export interface MemoryDialogueStoreDeps {
  now?: () => Date
  /** The text unused for longest makes room for one more. */
  maxTexts?: number
  maxBytes?: number
}

/** Dialogues in the memory of this process; they end with it. */
export function createMemoryDialogueStore({
  now = () => new Date(),
  maxTexts = 1000,
  maxBytes = textBytes,
}: MemoryDialogueStoreDeps = {}): DialogueStore {
  // stored as text: a caller that changes its messages must not change the stored dialogue
  const texts = new LRUCache<string, string>({
    max: maxTexts,
    maxSize: maxBytes,
    sizeCalculation: bytesOf,
    ttl: textTtlMs,
    ttlResolution: 0,
    updateAgeOnGet: true,
    perf: { now: () => now().getTime() },
  })
  const store = {
    load: async (key: string) => texts.get(key) ?? null,
    save: async (key: string, text: string) => void texts.set(key, text),
    clear: async (key: string) => void texts.delete(key),
    close: async () => texts.clear(),
  }
  return createDialogueStore(store, now)
}
