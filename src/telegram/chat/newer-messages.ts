import type { NewerText, TakeNewer } from '../../assistant/assistant.ts'
import type { Sleep } from '../../process/sleep.ts'
import type { Users } from '../../users/users.ts'
import type { BotContext } from '../context.ts'
import { targetOf } from '../reply.ts'
import { textLimit } from './text-limit.ts'

export interface NewerMessagesDeps {
  users: Pick<Users, 'message'>
  sleep: Sleep
  /** Messages sent within this time of each other are answered together, in milliseconds. */
  togetherMs: number
  /** A clock that is never set, in milliseconds; default: `performance.now()`. */
  elapsedMs?: (() => number) | undefined
}

export interface NewerMessages {
  /** Takes the messages that the user has sent since into the answer to `ctx`. */
  take: TakeNewer
  /** The text answered: of the first message, and of those taken, a line each. */
  text(): string
}

/**
 * Takes what a user sends while they are answered into the same answer. Each message taken is counted first, as on its own
 * turn; what is more than text, or has to be answered for itself, is left to its turn, and all that follows it.
 */
export const createNewerMessages =
  ({ users, sleep, togetherMs, elapsedMs = () => performance.now() }: NewerMessagesDeps) =>
  (ctx: BotContext, firstText: string): NewerMessages => {
    let text = firstText
    let heardAt = elapsedMs()

    const takeWaiting = async (): Promise<NewerText | null> => {
      const taken: BotContext[] = []
      for (let next = ctx.following.next(); next !== null; next = ctx.following.next()) {
        const joined = `${text}\n${next.messageText}`
        if (!isPlain(next, ctx) || joined.length > textLimit) break
        const outcome = await users.message(next.ref, next.userId)
        next.isCounted = true
        const isOpen = outcome?.delivery === 'first' || outcome?.delivery === 'repeat'
        if (!isOpen || outcome.cart !== null || outcome.user.blocked !== null) break
        ctx.following.take(next)
        taken.push(next)
        text = joined
      }
      if (taken.length === 0) return null
      heardAt = elapsedMs()
      return { text: taken.map(({ messageText }) => messageText).join('\n'), updates: taken.map(({ ref }) => ref) }
    }
    const waitForMore = async (signal: AbortSignal) => {
      const restMs = heardAt + togetherMs - elapsedMs()
      if (restMs <= 0) return
      const ending = new AbortController()
      const end = () => ending.abort()
      signal.addEventListener('abort', end)
      await Promise.race([sleep(restMs, ending.signal), ctx.following.joined(ending.signal)])
      signal.removeEventListener('abort', end)
      ending.abort()
    }

    return {
      text: () => text,
      take: async (moment, signal) => {
        const waiting = await takeWaiting()
        if (waiting !== null || moment === 'turn') return waiting
        const since = elapsedMs()
        await waitForMore(signal)
        ctx.waits.together += elapsedMs() - since
        return takeWaiting()
      },
    }
  }

/** Text of the same conversation. The captions of an album are gathered on its own turn. */
function isPlain(update: BotContext, ctx: BotContext): boolean {
  const isText = update.isMessage && update.messageText.trim() !== '' && update.message?.media_group_id === undefined
  const [{ chatId, threadId }, to] = [targetOf(update), targetOf(ctx)]
  return isText && !update.stopsAnswer && chatId === to.chatId && threadId === to.threadId
}
