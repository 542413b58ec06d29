import type { OutboundFetch } from '../../../process/outbound.ts'
import { DeliveryError } from './alert-channel.ts'

export interface HttpCall {
  channel: string
  fetch: OutboundFetch
  method: 'GET' | 'POST' | 'DELETE'
  /** Credentials in it are sent as a header. */
  url: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: object
  timeoutMs: number
}

/** Makes one HTTP call and resolves to the text of a 2xx answer. Rejects with a DeliveryError. Redirects are not followed. */
export async function callHttp({ channel, fetch, method, url, headers, body, timeoutMs }: HttpCall): Promise<string> {
  const address = new URL(url)
  const credentials = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`
  address.username = ''
  address.password = ''
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(address, {
      method,
      headers: {
        ...(credentials !== ':' && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    })
    const text = await response.text()
    if (response.ok) return text
    throw new DeliveryError(channel, `HTTP ${response.status}`, response.status >= 500 || response.status === 429)
  } catch (err) {
    if (err instanceof DeliveryError) throw err
    throw new DeliveryError(channel, signal.aborted ? `no answer within ${timeoutMs} ms` : 'no connection', true)
  }
}
