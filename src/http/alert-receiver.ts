import { timingSafeEqual } from 'node:crypto'
import express, { type RequestHandler } from 'express'

export interface AlertReceiverOptions {
  /** What the sender has to give as `Authorization: Bearer`. */
  token: string
  /** Takes in the body. Resolves to false if it cannot be read. */
  receive(body: unknown): Promise<boolean>
}

const mostBytes = 4 * 1024 * 1024

/** Handles what Alertmanager posts: 401 without the token, before the body is read; 400 for what is no such message. */
export function createAlertReceiver({ token, receive }: AlertReceiverOptions): RequestHandler[] {
  const expected = Buffer.from(`Bearer ${token}`)
  const authenticate: RequestHandler = (request, response, next) => {
    const given = Buffer.from(request.headers.authorization ?? '')
    if (given.length === expected.length && timingSafeEqual(given, expected)) return next()
    response.status(401).json({ error: 'the bearer token is not ALERT_RECEIVER_TOKEN' })
  }
  const take: RequestHandler = async (request, response) => {
    const isTaken = await receive(request.body)
    if (isTaken) response.status(200).json({ status: 'taken' })
    else response.status(400).json({ error: 'not a message of Alertmanager’s webhook receiver' })
  }
  return [authenticate, express.json({ limit: mostBytes }), take]
}
