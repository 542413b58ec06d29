import { setTimeout as delay } from 'node:timers/promises'
import type { Update, WebhookInfo } from 'grammy/types'
import { z } from 'zod'
import { badRequest } from './bot-api-refusal.ts'
import type { UpdateQueue } from './update-queue.ts'

interface WebhookSettings {
  url: string
  secretToken: string | undefined
  maxConnections: number
}

export interface Webhook {
  /** Throws 400 when Telegram would not take the settings. */
  set(settings: WebhookSettings): void
  remove(): void
  active(): boolean
  info(): WebhookInfo
}

export interface WebhookSenderDeps {
  queue: UpdateQueue
  now: () => Date
  /** Runs the method a webhook answer may carry. */
  onReply(method: string, params: Record<string, unknown>): void
  sleep?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined
  answerTimeoutMs?: number | undefined
}

const Reply = z
  .string()
  .transform((text, ctx): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      ctx.addIssue('not JSON')
      return z.NEVER
    }
  })
  .pipe(z.looseObject({ method: z.string() }))
const longestPauseMs = 60_000

/**
 * Delivers updates by POST: one at a time within a queue (see `queueOf`), up to `maxConnections` queues concurrently. Until
 * the bot answers 2xx an update is repeated, once immediately, then after pauses from two seconds doubling to a minute
 * (`WebhookActor::on_update_error`), and its queue waits.
 */
export function createWebhookSender({
  queue,
  now,
  onReply,
  sleep,
  answerTimeoutMs = 60_000,
}: WebhookSenderDeps): Webhook {
  let current: { settings: WebhookSettings; stop: AbortController; busyQueues: Set<string> } | undefined
  let lastError: { date: number; message: string } | undefined
  const pause = sleep ?? ((ms: number, signal: AbortSignal) => delay(ms, undefined, { signal, ref: false }))

  const deliverWaiting = () => {
    if (!current) return
    const { settings, stop, busyQueues } = current
    for (const update of queue.pending()) {
      if (busyQueues.size >= settings.maxConnections) return
      const name = queueOf(update)
      if (busyQueues.has(name)) continue
      busyQueues.add(name)
      void deliver(update, settings, stop.signal).finally(() => {
        busyQueues.delete(name)
        deliverWaiting()
      })
    }
  }
  const deliver = async (update: Update, settings: WebhookSettings, signal: AbortSignal) => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const problem = await post(update, settings, signal)
      if (problem === undefined) return queue.confirm(update)
      lastError = { date: Math.floor(now().getTime() / 1000), message: problem }
      const pauseMs = failures === 0 ? 0 : Math.min(1000 * 2 ** failures, longestPauseMs)
      await pause(pauseMs, signal).catch(() => undefined)
    }
  }
  /** What went wrong in Telegram's words, or undefined when the bot took the update. */
  const post = async (update: Update, { url, secretToken }: WebhookSettings, stop: AbortSignal) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(secretToken === undefined ? {} : { 'x-telegram-bot-api-secret-token': secretToken }),
        },
        body: JSON.stringify(update),
        redirect: 'manual',
        signal: AbortSignal.any([stop, AbortSignal.timeout(answerTimeoutMs)]),
      })
      const answer = await response.text()
      if (!response.ok) return `Wrong response from the webhook: ${response.status} ${response.statusText}`
      replyIn(answer)
      return undefined
    } catch (err) {
      const timedOut = err instanceof Error && err.name === 'TimeoutError'
      return timedOut ? 'Read timeout expired' : 'Connection refused'
    }
  }
  const replyIn = (answer: string) => {
    const parsed = Reply.safeParse(answer)
    if (parsed.success) onReply(parsed.data.method, parsed.data)
  }
  const stop = () => {
    current?.stop.abort()
    current = undefined
  }
  queue.onAdded(deliverWaiting)

  return {
    set: settings => {
      checkUrl(settings.url)
      stop()
      lastError = undefined
      current = { settings, stop: new AbortController(), busyQueues: new Set() }
      deliverWaiting()
    },
    remove: stop,
    active: () => current !== undefined,
    info: () => ({
      url: current?.settings.url ?? '',
      has_custom_certificate: false,
      pending_update_count: queue.pending().length,
      ...(current && { max_connections: current.settings.maxConnections }),
      ...(current && lastError && { last_error_date: lastError.date, last_error_message: lastError.message }),
      ...(queue.allowed() && { allowed_updates: [...(queue.allowed() ?? [])] }),
    }),
  }
}

/** Unlike the real one it takes plain HTTP to this machine, where nothing can terminate TLS for the bot. */
function checkUrl(text: string): void {
  if (!URL.canParse(text)) throw badRequest('invalid webhook URL specified')
  const url = new URL(text)
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:')) {
    throw badRequest('bad webhook: An HTTPS URL must be provided for webhook')
  }
}

const messageTypes: readonly string[] = ['message', 'edited_message', 'channel_post', 'edited_channel_post']
const Place = z.looseObject({ id: z.int() })
const Content = z.looseObject({ chat: Place.optional(), from: Place.optional() })

/**
 * Telegram's queue of an update, in which order holds: messages of a chat in one, presses of a user in another, blocks and
 * stops in further ones (`webhook_queue_id` of `Client::add_update` in tdlib/telegram-bot-api). So a press and a message of
 * the same user are sent concurrently, and may arrive in either order. An update that names no user waits for no other.
 */
function queueOf({ update_id, ...content }: Update): string {
  const [type = '', value] = Object.entries(content)[0] ?? []
  const { data } = Content.safeParse(value)
  const id = data?.chat?.id ?? data?.from?.id
  if (id === undefined) return `update ${update_id}`
  return `${messageTypes.includes(type) ? 'message' : type} ${id}`
}
