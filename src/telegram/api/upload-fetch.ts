import { Readable } from 'node:stream'
import { type Dispatcher, request } from 'undici'
import { type ApiSignal, fromApiSignal } from './api-signal.ts'

interface Upload {
  headers?: Record<string, string>
  body?: unknown
  signal?: ApiSignal | null
}

/**
 * The `fetch` that grammY uploads files with, over the pool of all other calls: its own, node-fetch, knows no proxy. The
 * response has what grammY reads of one.
 */
export function createUploadFetch(agent: Dispatcher) {
  return async (url: string, { headers, body, signal }: Upload) => {
    if (!(body instanceof Readable)) throw new TypeError('only bodies with files are sent this way')
    const response = await request(url, {
      method: 'POST',
      headers: headers ?? {},
      body,
      dispatcher: agent,
      ...(signal ? { signal: fromApiSignal(signal) } : {}),
    })
    return { json: () => response.body.json() }
  }
}
