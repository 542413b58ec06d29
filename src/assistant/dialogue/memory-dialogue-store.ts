import { LRUCache } from 'lru-cache'
import { createDialogueStore, type DialogueStore } from './dialogue-store.ts'
import { textBytes, textTtlMs } from './text-store.ts'

export interface MemoryDialogueStoreDeps {
  now?: () => Date
  /** The text unused for longest makes room for one more. */
  maxTexts?: number
  maxBytes?: number
}

interface MemoryDialogueStore extends DialogueStore {
  /** What the dialogues take in memory now. */
  heldBytes(): number
}

/** Dialogues in the memory of this process; they end with it. */
export function createMemoryDialogueStore({
  now = () => new Date(),
  maxTexts = 1000,
  maxBytes = textBytes,
}: MemoryDialogueStoreDeps = {}): MemoryDialogueStore {
  // stored as text: a caller that changes its messages must not change the stored dialogue; in UTF-8, because a string with
  // Cyrillic letters takes two bytes for each other character too
  const texts = new LRUCache<string, Uint8Array>({
    max: maxTexts,
    maxSize: maxBytes,
    sizeCalculation: ({ byteLength }) => byteLength + 1,
    ttl: textTtlMs,
    ttlResolution: 0,
    updateAgeOnGet: true,
    perf: { now: () => now().getTime() },
  })
  const store = {
    load: async (key: string) => {
      const text = texts.get(key)
      return text === undefined ? null : decoder.decode(text)
    },
    save: async (key: string, text: string) => void texts.set(key, encoder.encode(text)),
    clear: async (key: string) => void texts.delete(key),
    close: async () => texts.clear(),
  }
  return { ...createDialogueStore(store, now), heldBytes: () => texts.calculatedSize }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
