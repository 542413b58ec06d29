import { LRUCache } from 'lru-cache'
import { TelegramRefusal } from '../api/telegram-refusal.ts'

/** Where Telegram takes message drafts: an old Bot API server knows none, and some chats may have none. */
export interface DraftSupport {
  takes(chatId: number): boolean
  /** Remembers a refusal that the next draft would meet too; false for any other failure. */
  isRefusal(chatId: number, err: unknown): boolean
}

/** After so long drafts are tried again. */
const rememberedMs = 60 * 60_000
const rememberedChats = 10_000
/** Stands for all chats; no chat has this id. */
const everywhere = 0

/** Remembers an hour long which chats refused a draft (400), and whether the method is unknown altogether (404). */
export function createDraftSupport({ now }: { now: () => Date }): DraftSupport {
  const refusals = new LRUCache<number, true>({
    maxSize: rememberedChats, // not `max`, as in createLatestEntries()
    sizeCalculation: () => 1,
    ttl: rememberedMs,
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  })
  return {
    takes: chatId => !refusals.has(everywhere) && !refusals.has(chatId),
    isRefusal: (chatId, err) => {
      if (!(err instanceof TelegramRefusal)) return false
      if (err.status !== 400 && err.status !== 404) return false
      refusals.set(err.status === 404 ? everywhere : chatId, true)
      return true
    },
  }
}
