import { InputFile } from 'grammy'
import type { Log } from '../telemetry/log.ts'
import type { BotContext } from './context.ts'
import { inThread, targetOf } from './reply.ts'

export interface Picture {
  caption: string
  draw: () => Promise<Buffer>
}

/** Draws and sends a picture after the text that it belongs to. Resolves to the id of its message; null when that failed. */
export const sendPicture = (ctx: BotContext, { caption, draw }: Picture, log: Log): Promise<number | null> =>
  unlessPictureFails(log, async () => {
    const target = targetOf(ctx)
    const sent = await ctx.api.sendPhoto(target.chatId, pictureFile(await draw()), { ...inThread(target), caption })
    return sent.message_id
  })

/** Null when the work fails: its text has been sent, so a failure costs only the picture and is logged. */
export async function unlessPictureFails<T>(log: Log, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (err) {
    log.warn('maintenance_failed', { task: 'chart', err })
    return null
  }
}

export const pictureFile = (bytes: Buffer): InputFile => new InputFile(bytes, 'chart.png')
