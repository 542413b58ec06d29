import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express'
import type { Update } from 'grammy/types'
import type { Sleep } from '../sleep.ts'
import type { UpdateIntake } from './polling.ts'

export interface WebhookDeps {
  secret: string
  /** Deals with one update, or leaves it for another delivery; never rejects. */
  handle(update: Update): Promise<'dealt_with' | 'left'>
  sleep: Sleep
}

/** Telegram gives up on a delivery after a minute: before that we ask for another one. */
const holdMs = 50_000
const bodyLimit = '1mb'

/**
 * Updates by POST. 200 means dealt with; until then Telegram keeps the update, so none is lost. A delivery repeated while
 * its update is in hand waits for the same work.
 */
export function createWebhook({ secret, handle, sleep }: WebhookDeps): UpdateIntake & { handler: RequestHandler } {
  const inHand = new Map<number, Promise<'dealt_with' | 'left'>>()
  let open = false

  const work = (update: Update) => {
    const running = inHand.get(update.update_id)
    if (running !== undefined) return running
    const work = handle(update).finally(() => inHand.delete(update.update_id))
    inHand.set(update.update_id, work)
    return work
  }
  const takeUpdate: RequestHandler = async (req, res) => {
    if (!isUpdate(req.body)) {
      res.sendStatus(400)
      return
    }
    if (!open && !inHand.has(req.body.update_id)) {
      res.sendStatus(503)
      return
    }
    const held = new AbortController()
    const dealtWith = await Promise.race([
      work(req.body).then(() => true),
      sleep(holdMs, held.signal).then(() => false),
    ])
    held.abort()
    res.sendStatus(dealtWith ? 200 : 503)
  }

  const handler = Router()
  handler.all('/', onlyPost, onlyWith(secret), express.json({ limit: bodyLimit }), takeUpdate)
  handler.use(refuseUnreadable)
  return {
    handler,
    start: () => {
      open = true
    },
    stop: async timeoutMs => {
      open = false
      const giveUp = new AbortController()
      await Promise.race([Promise.all(inHand.values()), sleep(timeoutMs, giveUp.signal)])
      giveUp.abort()
    },
  }
}

const isUpdate = (body: unknown): body is Update =>
  typeof body === 'object' && body !== null && 'update_id' in body && Number.isSafeInteger(body.update_id)

const onlyPost: RequestHandler = (req, res, next) => {
  if (req.method === 'POST') next()
  else res.set('Allow', 'POST').sendStatus(405)
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Compares digests, so that the time it takes says nothing of the secret. */
function onlyWith(secret: string): RequestHandler {
  const expected = digest(secret)
  return (req, res, next) => {
    if (timingSafeEqual(digest(req.get('x-telegram-bot-api-secret-token') ?? ''), expected)) next()
    else res.sendStatus(401)
  }
}

const refuseUnreadable: ErrorRequestHandler = (err: unknown, _req, res, _next) => {
  const tooLarge = typeof err === 'object' && err !== null && 'status' in err && err.status === 413
  res.sendStatus(tooLarge ? 413 : 400)
}
