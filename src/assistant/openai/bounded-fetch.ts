import { createOutboundFetch, type ProxySettings } from '../../process/outbound.ts'
import { ownTurn } from '../../process/own-turn.ts'
import { parseJson } from '../../shop/json.ts'
import { ModelError } from '../model/model-error.ts'

type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Far above any answer of a model. */
const maxBodyBytes = 4 * 1024 * 1024

/**
 * `fetch` for the package's client that resolves with the whole body read, so that its timeout and its abort cover the answer too, and
 * that follows no redirect: key and dialogue go nowhere else. Rejects with ModelError when the body is too large.
 */
export function createBoundedFetch(proxy: ProxySettings | undefined): Fetch {
  const send = createOutboundFetch(proxy)
  return async (url, init = {}) => {
    const response = await send(url instanceof Request ? url.url : url, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      body: typeof init.body === 'string' ? init.body : null,
      signal: init.signal ?? new AbortController().signal,
    })
    const text = await read(response)
    const { status, headers } = response
    const isEmpty = status === 204 || status === 205 || status === 304
    return new Response(isEmpty ? null : response.ok ? text : withError(text), {
      status,
      headers: contentHeaders(headers),
    })
  }
}

/** The package looks for `error` in a refusal; vLLM puts what it has to say at the top. */
function withError(text: string): string {
  const body = parseJson(text)
  return typeof body !== 'object' || body === null || 'error' in body ? text : JSON.stringify({ error: body })
}

/** Of the headers only what is read: the body is decoded already and has another length. */
function contentHeaders(headers: Headers): Record<string, string> {
  const kept = ['content-type', 'retry-after', 'x-request-id']
  return Object.fromEntries(kept.flatMap(name => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])))
}

async function read({ body, status }: Response): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBodyBytes) throw new ModelError('openai', 'shape', status, 'answer too large')
    chunks.push(chunk)
  }
  await ownTurn()
  return Buffer.concat(chunks).toString('utf8')
}
