import { sequentialize } from '@grammyjs/runner'
import { Composer, type MiddlewareFn } from 'grammy'
import { createLatestEntries } from '../../process/latest-entries.ts'
import { type Sleep, sleep as sleepByClock, wokenUp } from '../../process/sleep.ts'
import type { Users } from '../../users/users.ts'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { answerCallback, reply } from '../reply.ts'
import type { Departure } from './departure.ts'
import { createWaitingLines } from './waiting-line.ts'

const texts = {
  busy: html`Ещё отвечаю на прошлые сообщения. Дождитесь ответа, пожалуйста, и напишите снова.`,
  busyCallback: 'Ещё отвечаю на прошлое сообщение',
}
/** How many updates of one user may wait behind the one being handled. */
const waitingLimit = 10
/** An update that has to wait longer for its turn gets a sign that it was received. */
const signAfterMs = 1_000

export interface UserQueueDeps {
  users: Pick<Users, 'wasDone' | 'done'>
  departure: Pick<Departure, 'ending'>
  /** Updates dealt with by this process that it would recognise when Telegram delivers them again. */
  remembered?: number
  sleep?: Sleep
}

/**
 * One update of a user at a time, in order; that no other process works for the user is the inbox's part. What was dealt with before, by whichever process, is not handled again, and
 * takes no room in the queue; what comes on top of ten waiting ones is rejected, with one polite reply until the queue is
 * empty. The one being handled may take those that wait into its answer.
 */
export function createUserQueue(deps: UserQueueDeps): Composer<BotContext> {
  const { users, departure, remembered = 10_000, sleep = sleepByClock } = deps
  /** The last pending look-up of each user: updates must not overtake each other here. */
  const lookups = new Map<number, Promise<boolean>>()
  const inFlight = new Map<number, { count: number; isNotified: boolean }>()
  const dealtWith = createLatestEntries<string, true>(remembered)
  const lines = createWaitingLines()

  const skipDone: MiddlewareFn<BotContext> = async (ctx, next) => {
    const before = lookups.get(ctx.userId) ?? Promise.resolve(false)
    const mine = before.then(() => users.wasDone(ctx.ref, ctx.userId))
    lookups.set(ctx.userId, mine)
    const wasDone = await mine
    if (lookups.get(ctx.userId) === mine) lookups.delete(ctx.userId)
    if (wasDone) ctx.outcome = 'repeated'
    else await next()
  }
  const bound: MiddlewareFn<BotContext> = async (ctx, next) => {
    const queue = inFlight.get(ctx.userId) ?? { count: 0, isNotified: false }
    if (queue.count > waitingLimit) {
      ctx.outcome = 'busy'
      if (ctx.callbackQuery !== undefined) return answerCallback(ctx, texts.busyCallback)
      if (queue.isNotified) return
      queue.isNotified = true
      return reply(ctx, texts.busy)
    }
    inFlight.set(ctx.userId, queue)
    queue.count += 1
    try {
      await next()
    } finally {
      queue.count -= 1
      if (queue.count === 0) inFlight.delete(ctx.userId)
    }
  }
  const skipRepeated: MiddlewareFn<BotContext> = async (ctx, next) => {
    if (dealtWith.has(ctx.ref.key)) {
      ctx.outcome = 'repeated'
      return
    }
    await next()
    // together, so that a kill between two of them leaves no message to be answered again alone
    const together = [...ctx.following.taken(), ctx]
    if (isAnswered(ctx)) await Promise.all(together.map(({ ref, userId }) => users.done(ref, userId)))
    for (const { ref } of together) dealtWith.set(ref.key, true)
  }

  /** The update before this one may have been left to another process, which shall answer it first. */
  const keepOrder: MiddlewareFn<BotContext> = async (ctx, next) => {
    if (departure.ending.aborted) ctx.outcome = 'left'
    else await next()
  }
  const signs = new WeakMap<BotContext, AbortController>()
  const showSign: MiddlewareFn<BotContext> = async (ctx, next) => {
    const ended = new AbortController()
    signs.set(ctx, ended)
    const show = async () => {
      await sleep(signAfterMs, ended.signal)
      if (!ended.signal.aborted && ctx.chat !== undefined) await ctx.replyWithChatAction('typing')
    }
    void show().catch(() => undefined) // counted and logged where calls are made
    try {
      await next()
    } finally {
      ended.abort(wokenUp)
    }
  }
  const noteTurn: MiddlewareFn<BotContext> = (ctx, next) => {
    signs.get(ctx)?.abort(wokenUp)
    ctx.waits.queue = performance.now() - ctx.receivedAt - ctx.waits.inbox
    return next()
  }

  const composer = new Composer<BotContext>()
  composer.use(
    skipDone,
    bound,
    showSign,
    lines.wait,
    sequentialize(ctx => String(ctx.userId)),
    keepOrder,
    lines.turn,
    noteTurn,
    skipRepeated,
  )
  return composer
}

/** What a second delivery would answer again. */
const isAnswered = ({ outcome }: BotContext): boolean => !['ignored', 'repeated', 'busy'].includes(outcome)
