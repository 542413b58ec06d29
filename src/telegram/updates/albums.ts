import type { MiddlewareFn } from 'grammy'
import { AppError } from '../../errors.ts'
import { createLatestEntries } from '../../process/latest-entries.ts'
import type { Sleep } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import { type BotContext, setMessageText } from '../context.ts'

/** Time in which an album without text may still get a caption: its parts come one after another. */
const captionWithinMs = 2_000
/** How long a caption waits for those of the parts that come with it. */
const captionsTogetherMs = 500
const remembered = 10_000

interface Album {
  hasCaption: boolean
  hintIsDue: boolean
  /** The part that is being answered, with the captions it is answered for. */
  answering?: { ctx: BotContext; captions: string[]; isTaken: boolean; done: Promise<void> }
}

export interface AlbumsDeps {
  sleep: Sleep
  log: Log
  abandoned: AbortSignal
}

/**
 * Makes one act of an album, whose parts arrive as updates of their own: the captions are answered together, parts
 * without text take no place in the queue, and an album of nothing else gets one hint. No part waits for another one:
 * a webhook hears of the next part of a chat only after the one before it is dealt with.
 */
export function createAlbums({ sleep, log, abandoned }: AlbumsDeps): {
  /** To run before the queue. */
  collect: MiddlewareFn<BotContext>
  /** To run when it is the update's turn. */
  gather: MiddlewareFn<BotContext>
} {
  const albums = createLatestEntries<string, Album>(remembered)
  const albumOf = (ctx: BotContext): Album | undefined => {
    const group: unknown = ctx.message?.media_group_id
    if (typeof group !== 'string') return undefined
    const key = `${ctx.userId}:${group}`
    const album = albums.get(key) ?? { hasCaption: false, hintIsDue: false }
    albums.set(key, album)
    return album
  }
  const hintLater = async (album: Album, next: () => Promise<void>) => {
    if (album.hasCaption || album.hintIsDue) return
    album.hintIsDue = true
    await sleep(captionWithinMs, abandoned)
    if (!album.hasCaption && !abandoned.aborted) await next()
  }
  const answerCaption = async (album: Album, ctx: BotContext, next: () => Promise<void>) => {
    album.hasCaption = true
    const { answering } = album
    if (answering !== undefined && !answering.isTaken) {
      answering.captions.push(ctx.messageText)
      await answering.done.catch(() => undefined) // reported once, for the part that is answered
      return
    }
    const mine = { ctx, captions: [ctx.messageText], isTaken: false, done: Promise.resolve() }
    album.answering = mine
    mine.done = next()
    await mine.done
  }

  return {
    collect: async (ctx, next) => {
      const album = albumOf(ctx)
      if (album === undefined) return next()
      if (ctx.messageText !== '') return answerCaption(album, ctx, next)
      hintLater(album, next).catch((err: unknown) => {
        if (!(err instanceof AppError)) log.error('update_failed', { update_type: ctx.updateType, err })
      })
    },
    gather: async (ctx, next) => {
      const answering = albumOf(ctx)?.answering
      if (answering?.ctx === ctx) {
        await sleep(captionsTogetherMs, abandoned)
        answering.isTaken = true
        if (answering.captions.length > 1) setMessageText(ctx, answering.captions.join('\n'))
      }
      await next()
    },
  }
}
