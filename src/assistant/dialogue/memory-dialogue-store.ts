import { LRUCache } from 'lru-cache'
import { decodeDialogue, encodeDialogue } from './dialogue-codec.ts'
import { bytesOf, type DialogueStore, dialogueBytes, dialogueTtlMs } from './dialogue-store.ts'

export interface MemoryDialogueStoreDeps {
  now?: () => Date
  /** The dialogue unused for longest makes room for one more. */
  maxDialogues?: number
  maxBytes?: number
}

/** Dialogues in the memory of this process; they end with it. */
export function createMemoryDialogueStore({
  now = () => new Date(),
  maxDialogues = 1000,
  maxBytes = dialogueBytes,
}: MemoryDialogueStoreDeps = {}): DialogueStore {
  // stored as text: a caller that changes its messages must not change the stored dialogue
  const dialogues = new LRUCache<number, string>({
    max: maxDialogues,
    maxSize: maxBytes,
    sizeCalculation: bytesOf,
    ttl: dialogueTtlMs,
    ttlResolution: 0,
    updateAgeOnGet: true,
    perf: { now: () => now().getTime() },
  })
  return {
    load: async userId => decodeDialogue(dialogues.get(userId))?.messages ?? [],
    save: async (userId, messages) => void dialogues.set(userId, encodeDialogue(messages, now())),
    clear: async userId => void dialogues.delete(userId),
    close: async () => dialogues.clear(),
  }
}
