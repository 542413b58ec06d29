import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { within } from '../../process/within.ts'
import { parseJson } from '../../shop/json.ts'
import { retryAfterMs } from '../model/retry.ts'
import type { Exchange } from './exchange.ts'
import { GigaChatError, statusError } from './gigachat-error.ts'

export interface TokenSource {
  /** Resolves to a token valid for a minute at least. Calls made while one is being fetched share it. */
  current(signal?: AbortSignal): Promise<string>
  /** Drops a token the service rejected, unless a newer one is there already. */
  drop(token: string): void
}

export interface TokenSourceDeps {
  post: Exchange
  authUrl: string
  /** The authorization key, base64 as Studio gives it. */
  credentials: string
  scope: string
  now: () => Date
  /** Limit of one request. An answer of a kilobyte that nothing is computed for comes within a second or not at all, and all calls wait for it. */
  timeoutMs: number
  /** Retries what is worth retrying, one that hangs too, once for all waiting calls. */
  retry: <T>(work: () => Promise<T>) => Promise<T>
  onRefresh: (outcome: 'ok' | 'refused' | 'failed') => void
}

interface Token {
  value: string
  expiresAtMs: number
}

/** A token is not used in its last minute: it must outlive the call. */
const marginMs = 60_000

/** Fetches access tokens and keeps the last one. The shared refresh does not end because one who waits for it gives up. */
export function createTokenSource(deps: TokenSourceDeps): TokenSource {
  let token: Token | undefined
  let refresh: Promise<Token> | undefined

  const fetchToken = async (): Promise<Token> => {
    try {
      const fresh = await deps.retry(() => requestToken(deps))
      deps.onRefresh('ok')
      return fresh
    } catch (err) {
      deps.onRefresh(err instanceof GigaChatError && err.reason === 'auth' ? 'refused' : 'failed')
      throw err
    }
  }

  const refreshed = (): Promise<Token> => {
    refresh ??= fetchToken()
      .then(fresh => {
        token = fresh
        return fresh
      })
      .finally(() => {
        refresh = undefined
      })
    return refresh
  }

  return {
    async current(signal) {
      if (token !== undefined && token.expiresAtMs - deps.now().getTime() >= marginMs) return token.value
      return (await (signal === undefined ? refreshed() : within(signal, refreshed))).value
    },
    drop(refused) {
      if (token?.value === refused) token = undefined
    },
  }
}

async function requestToken({ post, authUrl, credentials, scope, now, timeoutMs }: TokenSourceDeps): Promise<Token> {
  const reply = await post(authUrl, {
    headers: {
      authorization: `Basic ${credentials}`,
      rquid: randomUUID(),
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams({ scope }).toString(),
    limitMs: timeoutMs,
  })
  if (reply.status !== 200) {
    const refused = reply.status < 500 && reply.status !== 429
    throw refused
      ? new GigaChatError('auth', reply.status, 'no token for GIGACHAT_CREDENTIALS and GIGACHAT_SCOPE')
      : statusError(reply.status, retryAfterMs(reply.retryAfter, now()))
  }
  return parseToken(reply.body)
}

/** Contours differ in the names of the fields. */
const TokenAnswer = z.union([
  z
    .object({ access_token: z.string().min(1), expires_at: z.coerce.number().positive() })
    .transform(({ access_token, expires_at }) => ({ value: access_token, expiresAt: expires_at })),
  z
    .object({ tok: z.string().min(1), exp: z.coerce.number().positive() })
    .transform(({ tok, exp }) => ({ value: tok, expiresAt: exp })),
])

function parseToken(body: string): Token {
  const parsed = TokenAnswer.safeParse(parseJson(body))
  if (!parsed.success) throw new GigaChatError('shape', 200, 'token answer of an unknown shape')
  const { value, expiresAt } = parsed.data
  // documented in milliseconds; anything this small can only be seconds
  return { value, expiresAtMs: expiresAt < 1e12 ? expiresAt * 1000 : expiresAt }
}
