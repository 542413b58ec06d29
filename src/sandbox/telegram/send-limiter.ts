import { tooManyRequests } from './bot-api-refusal.ts'

/** Throws 429 when the bot sends faster than Telegram lets it. */
export type SendLimiter = (chatId: number) => void

interface Bucket {
  tokens: number
  at: number
}

type Rate = Readonly<{ perSecond: number; burst: number }>

const perChat: Rate = { perSecond: 1, burst: 5 }
const perGroup: Rate = { perSecond: 20 / 60, burst: 20 }
const overall: Rate = { perSecond: 30, burst: 30 }

/**
 * What https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this states: about one message a second in
 * a chat, with short bursts, twenty a minute in a group, thirty a second over all chats. Edits count as messages; chat actions,
 * deletions and answers to presses do not, nor do drafts, which are an action of the chat too (`sendMessageTextDraftAction`).
 */
export function createSendLimiter({ now }: { now: () => Date }): SendLimiter {
  const buckets = new Map<number | 'all', Bucket>()
  const refill = (key: number | 'all', { perSecond, burst }: Rate) => {
    const at = now().getTime()
    const before = buckets.get(key) ?? { tokens: burst, at }
    const bucket = { tokens: Math.min(burst, before.tokens + ((at - before.at) / 1000) * perSecond), at }
    buckets.set(key, bucket)
    return bucket
  }
  return chatId => {
    const rate = chatId < 0 ? perGroup : perChat
    const all = refill('all', overall)
    const chat = refill(chatId, rate)
    if (chat.tokens < 1) throw tooManyRequests(Math.ceil((1 - chat.tokens) / rate.perSecond))
    if (all.tokens < 1) throw tooManyRequests(1)
    chat.tokens -= 1
    all.tokens -= 1
  }
}
