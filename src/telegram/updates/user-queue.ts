import { sequentialize } from '@grammyjs/runner'
import { Composer, type MiddlewareFn } from 'grammy'
import { LRUCache } from 'lru-cache'
import type { Users } from '../../users/users.ts'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { answerCallback, reply } from '../reply.ts'
import type { PersonLock } from './person-lock.ts'

const texts = {
  busy: html`Ещё отвечаю на прошлые сообщения. Дождитесь ответа, пожалуйста, и напишите снова.`,
  busyCallback: 'Ещё отвечаю на прошлое сообщение',
}
/** How many updates of one person may wait behind the one being handled. */
const waitingLimit = 3
/** Updates dealt with by this process that it would recognise when Telegram delivers them again. */
const remembered = 10_000

export interface UserQueueDeps {
  users: Pick<Users, 'wasDone' | 'done'>
  /** Keeps the order between replicas. */
  lock: PersonLock
}

/**
 * One update of a person at a time, in order. What was dealt with before, by whichever process, is not handled again, and
 * takes no room in the queue; what comes on top of three waiting ones is turned away, with one polite word until the
 * queue is empty.
 */
export function createUserQueue({ users, lock }: UserQueueDeps): Composer<BotContext> {
  /** The look-ups of a person under way, the last one: updates must not overtake each other here. */
  const lookups = new Map<number, Promise<boolean>>()
  const inHand = new Map<number, { count: number; told: boolean }>()
  const dealtWith = new LRUCache<string, true>({ max: remembered })

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
    const queue = inHand.get(ctx.userId) ?? { count: 0, told: false }
    if (queue.count > waitingLimit) {
      ctx.outcome = 'busy'
      if (ctx.callbackQuery !== undefined) return answerCallback(ctx, texts.busyCallback)
      if (queue.told) return
      queue.told = true
      return reply(ctx, texts.busy)
    }
    inHand.set(ctx.userId, queue)
    queue.count += 1
    try {
      await next()
    } finally {
      queue.count -= 1
      if (queue.count === 0) inHand.delete(ctx.userId)
    }
  }
  const skipRepeated: MiddlewareFn<BotContext> = async (ctx, next) => {
    if (dealtWith.has(ctx.ref.key)) {
      ctx.outcome = 'repeated'
      return
    }
    await next()
    if (isAnswered(ctx)) await users.done(ctx.ref, ctx.userId)
    dealtWith.set(ctx.ref.key, true)
  }

  const composer = new Composer<BotContext>()
  composer.use(
    skipDone,
    bound,
    sequentialize(ctx => String(ctx.userId)),
    (ctx, next) => lock.run(ctx.userId, next),
    skipRepeated,
  )
  return composer
}

/** What a second delivery would answer again. */
const isAnswered = ({ outcome }: BotContext): boolean => outcome !== 'ignored' && outcome !== 'repeated'
