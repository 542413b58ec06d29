import type { OutboundFetch } from '../../../process/outbound.ts'
import type { Sleep } from '../../../process/sleep.ts'
import type { AlertChannel } from './alert-channel.ts'
import { callHttp } from './http-call.ts'
import { tryDelivery } from './try-delivery.ts'

export interface WebhookChannelDeps {
  url: string
  fetch: OutboundFetch
  sleep: Sleep
  now: () => Date
  timeoutMs?: number
}

/** Posts notices as JSON; `text` is read by chat services as it is. Any 2xx is an acceptance. */
export const createWebhookChannel = ({
  url,
  fetch,
  sleep,
  now,
  timeoutMs = 10_000,
}: WebhookChannelDeps): AlertChannel => ({
  name: 'webhook',
  send: ({ id, status, text, alerts }) => {
    const body = { version: 1, id, status, text, sent_at: now().toISOString(), alerts }
    const headers = { 'idempotency-key': id }
    const post = async () => {
      await callHttp({ channel: 'webhook', fetch, method: 'POST', url, headers, body, timeoutMs })
    }
    return tryDelivery('webhook', post, sleep)
  },
})
