import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type RequestHandler } from 'express'
import type { Update } from 'grammy/types'
import type { Sleep } from '../../process/sleep.ts'
import type { UpdateIntake } from './polling.ts'

export interface WebhookDeps {
  secret: string
  /** Deals with one update, or leaves it for another delivery; never rejects. */
  handle(update: Update): Promise<'dealt_with' | 'left'>
  sleep: Sleep
  /** Maximum of updates in flight; Telegram delivers the others again. */
  mostInFlight?: number
  /** Bytes of bodies in flight at the same time, over all connections; what comes on top is asked for again. */
  mostBytes?: number
}

/** Telegram gives up on a delivery after a minute: before that we ask for another one. */
const holdMs = 50_000
/** The largest body that is read, in bytes; Telegram's updates stay far below it. */
const bodyLimit = 1024 * 1024

/**
 * Updates by POST. 200 means dealt with; until then Telegram keeps the update, so none is lost. A delivery repeated while
 * its update is in flight waits for the same work.
 */
export function createWebhook({
  secret,
  handle,
  sleep,
  mostInFlight = 1_000,
  mostBytes = 16 * bodyLimit,
}: WebhookDeps): UpdateIntake & { handler: RequestHandler } {
  const inFlight = new Map<number, Promise<'dealt_with' | 'left'>>()
  let open = false
  const readBody = express.json({ limit: bodyLimit, inflate: false })
  let bytes = 0
  const carries = secretCheck(secret)

  const work = (update: Update) => {
    const running = inFlight.get(update.update_id)
    if (running !== undefined) return running
    const work = handle(update).finally(() => inFlight.delete(update.update_id))
    inFlight.set(update.update_id, work)
    return work
  }
  const takeUpdate = async (update: unknown): Promise<number> => {
    if (!isUpdate(update)) return 400
    const isFull = !open || inFlight.size >= mostInFlight
    if (isFull && !inFlight.has(update.update_id)) return 503
    const held = new AbortController()
    const outcome = await Promise.race([work(update), sleep(holdMs, held.signal)])
    held.abort()
    return outcome === 'dealt_with' ? 200 : 503
  }

  return {
    handler: (req, res, next) => {
      if (req.method !== 'POST') return res.set('Allow', 'POST').sendStatus(405)
      if (!carries(req.get('x-telegram-bot-api-secret-token'))) return res.sendStatus(401)
      // a body that does not say how long it is may be as long as the limit
      const length = Number(req.get('content-length') ?? bodyLimit)
      if (length > bodyLimit) return res.sendStatus(413)
      if (bytes + length > mostBytes) return res.sendStatus(503)
      bytes += length
      res.once('close', () => {
        bytes -= length
      })
      readBody(req, res, err => {
        if (err) res.sendStatus(statusOf(err) === 413 ? 413 : 400)
        else takeUpdate(req.body).then(status => res.sendStatus(status), next)
      })
    },
    start: () => {
      open = true
    },
    stop: async timeoutMs => {
      open = false
      const giveUp = new AbortController()
      await Promise.race([Promise.all(inFlight.values()), sleep(timeoutMs, giveUp.signal)])
      giveUp.abort()
    },
  }
}

const isUpdate = (body: unknown): body is Update =>
  typeof body === 'object' && body !== null && 'update_id' in body && Number.isSafeInteger(body.update_id)

const statusOf = (err: unknown): unknown =>
  typeof err === 'object' && err !== null && 'status' in err ? err.status : undefined

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Compares digests, so that the time it takes says nothing of the secret. */
function secretCheck(secret: string): (given: string | undefined) => boolean {
  const expected = digest(secret)
  return given => timingSafeEqual(digest(given ?? ''), expected)
}
