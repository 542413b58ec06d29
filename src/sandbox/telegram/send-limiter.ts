import { tooManyRequests } from './bot-api-refusal.ts'

/** Throws 429 when the bot sends faster than Telegram lets it. */
export type SendLimiter = (chatId: number) => void

interface Bucket {
  tokens: number
  at: number
}

const perChat = { perSecond: 1, burst: 5 }
const overall = { perSecond: 30, burst: 30 }

/** About one message a second in a chat after a burst of five, thirty a second over all chats. */
export function createSendLimiter({ now }: { now: () => Date }): SendLimiter {
  const buckets = new Map<number | 'all', Bucket>()
  const refill = (key: number | 'all', { perSecond, burst }: typeof perChat) => {
    const at = now().getTime()
    const before = buckets.get(key) ?? { tokens: burst, at }
    const bucket = { tokens: Math.min(burst, before.tokens + ((at - before.at) / 1000) * perSecond), at }
    buckets.set(key, bucket)
    return bucket
  }
  return chatId => {
    const all = refill('all', overall)
    const chat = refill(chatId, perChat)
    if (chat.tokens < 1) throw tooManyRequests(Math.ceil((1 - chat.tokens) / perChat.perSecond))
    if (all.tokens < 1) throw tooManyRequests(1)
    chat.tokens -= 1
    all.tokens -= 1
  }
}
