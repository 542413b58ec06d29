import { InputFile, type Transformer } from 'grammy'
import type { Dispatcher } from 'undici'
import { httpCall, wholeBody } from '../../process/http-call.ts'
import { createOutboundAgent } from '../../process/outbound.ts'
import { ownTurn } from '../../process/own-turn.ts'
import { fromApiSignal } from './api-signal.ts'

export interface JsonCallsDeps {
  apiUrl: string
  token: string
  /** Default: a pool of its own, straight to Telegram. */
  agent?: Dispatcher
}

/**
 * Makes the calls that carry no file itself: grammY's own way, through node-fetch, takes several times the processor time.
 * Sets no time limit; rejects when the connection breaks, is cut by the signal, or brings no answer of the Bot API.
 */
export function createJsonCalls({ apiUrl, token, agent = createOutboundAgent() }: JsonCallsDeps): Transformer {
  return async (prev, method, payload, signal) => {
    if (carriesFile(payload)) return prev(method, payload, signal)
    const body = await httpCall(agent, `${apiUrl}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload ?? {}, withoutNull),
      signal: signal && fromApiSignal(signal),
      read: () => wholeBody(maxBytes, () => new TypeError('more than any answer of the Bot API')),
    })
    await ownTurn()
    const answer: unknown = JSON.parse(body.toString('utf8'))
    if (!isAnswer<Awaited<ReturnType<typeof prev<typeof method>>>>(answer))
      throw new TypeError('no answer of the Bot API')
    return answer
  }
}

/** Far above any answer: a hundred updates of a few kilobytes. */
const maxBytes = 64 * 1024 * 1024

/** What is left out and what is null mean the same to Telegram, but not everywhere. */
const withoutNull = (_key: string, value: unknown): unknown => value ?? undefined

const carriesFile = (value: unknown): boolean =>
  value instanceof InputFile || (typeof value === 'object' && value !== null && Object.values(value).some(carriesFile))

const isAnswer = <Answer extends { ok: boolean }>(value: unknown): value is Answer =>
  typeof value === 'object' &&
  value !== null &&
  'ok' in value &&
  (value.ok === true || (value.ok === false && 'error_code' in value && typeof value.error_code === 'number'))
