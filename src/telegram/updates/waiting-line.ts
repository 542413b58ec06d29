import type { MiddlewareFn } from 'grammy'
import type { BotContext, Following } from '../context.ts'

interface Line {
  waiting: BotContext[]
  onJoined: Set<() => void>
}

export interface WaitingLines {
  /** To run before an update waits for its turn. */
  wait: MiddlewareFn<BotContext>
  /** To run when it is the update's turn: skips it when it was answered together with an earlier one. */
  turn: MiddlewareFn<BotContext>
}

/**
 * Lets the update being handled see what the same user has sent since. A taken update stays in the line: when handling
 * breaks down with an exception, it gets its own turn after all.
 */
export function createWaitingLines(): WaitingLines {
  const lines = new Map<number, Line>()
  const answered = new WeakSet<BotContext>()

  const lineOf = (userId: number): Line => {
    const line = lines.get(userId) ?? { waiting: [], onJoined: new Set() }
    lines.set(userId, line)
    return line
  }
  const leave = (ctx: BotContext) => {
    const line = lineOf(ctx.userId)
    line.waiting = line.waiting.filter(waiting => waiting !== ctx)
    if (line.waiting.length === 0 && line.onJoined.size === 0) lines.delete(ctx.userId)
  }
  const following = (userId: number): Following => {
    const taken: BotContext[] = []
    return {
      next: () => lines.get(userId)?.waiting.find(ctx => !taken.includes(ctx)) ?? null,
      take: update => void taken.push(update),
      taken: () => taken,
      joined: signal => {
        const { onJoined } = lineOf(userId)
        return new Promise(resolve => {
          const end = () => {
            onJoined.delete(end)
            signal.removeEventListener('abort', end)
            resolve()
          }
          onJoined.add(end)
          signal.addEventListener('abort', end)
          if (signal.aborted) end()
        })
      },
    }
  }

  return {
    wait: async (ctx, next) => {
      const line = lineOf(ctx.userId)
      line.waiting.push(ctx)
      for (const report of [...line.onJoined]) report()
      try {
        await next()
      } finally {
        leave(ctx)
      }
    },
    turn: async (ctx, next) => {
      leave(ctx)
      if (answered.has(ctx)) {
        ctx.outcome = 'answered'
        return
      }
      ctx.following = following(ctx.userId)
      await next()
      for (const update of ctx.following.taken()) answered.add(update)
    },
  }
}
