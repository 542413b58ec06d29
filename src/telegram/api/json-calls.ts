import { InputFile, type Transformer } from 'grammy'
import { Agent, request } from 'undici'
import { fromApiSignal } from './api-signal.ts'

/** A question of a conversation follows the last one by seconds: it finds the connection open. */
const keepAliveMs = 10_000
const connectTimeoutMs = 10_000

/**
 * Makes the calls that carry no file itself: grammY's own way, through node-fetch, takes several times the processor time.
 * Sets no time limit; rejects when the connection breaks, is cut by the signal, or brings no answer of the Bot API.
 */
export function createJsonCalls({ apiUrl, token }: { apiUrl: string; token: string }): Transformer {
  const agent = new Agent({
    connect: { timeout: connectTimeoutMs },
    keepAliveTimeout: keepAliveMs,
    // the limit of the whole call is kept by whoever makes it
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return async (prev, method, payload, signal) => {
    if (carriesFile(payload)) return prev(method, payload, signal)
    const response = await request(`${apiUrl}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload ?? {}, withoutNull),
      dispatcher: agent,
      ...(signal === undefined ? {} : { signal: signal instanceof AbortSignal ? signal : fromApiSignal(signal) }),
    })
    const answer = await response.body.json()
    if (!isAnswer<Awaited<ReturnType<typeof prev<typeof method>>>>(answer))
      throw new TypeError('no answer of the Bot API')
    return answer
  }
}

/** What is left out and what is null mean the same to Telegram, but not everywhere. */
const withoutNull = (_key: string, value: unknown): unknown => value ?? undefined

const carriesFile = (value: unknown): boolean =>
  value instanceof InputFile || (typeof value === 'object' && value !== null && Object.values(value).some(carriesFile))

const isAnswer = <Answer extends { ok: boolean }>(value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && 'ok' in value && typeof value.ok === 'boolean'
