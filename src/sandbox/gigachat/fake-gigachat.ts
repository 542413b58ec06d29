import express, { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express'
import { type Faults, withFaults } from '../faults.ts'
import { createBalance, type Packages } from './balance-route.ts'
import { createCallRecord, type RecordedCall } from './call-record.ts'
import type { Model } from './chat-contract.ts'
import { createChatRoute, refuseAsScripted } from './chat-route.ts'
import { ruleModel } from './model/rule-model.ts'
import { createOauth, type Scope } from './oauth-route.ts'
import { holdBack, type ScriptedReply } from './scripted-reply.ts'
import { countTokens, createUsageMeter } from './token-usage.ts'

export interface FakeGigaChatOptions {
  faults: Faults
  /** The authorization key (base64 of `id:secret`) that is accepted; any well-formed one when left out. */
  credentials?: string
  /** The one scope this account has; any when left out. */
  scope?: Scope
  /** Requests in flight beyond which 429 is answered; by the scope of the token when left out: 1 or 10. */
  concurrency?: number
  /** Tokens the account has paid for, by package. */
  packages?: Packages
  /** Real tokens live for 30 minutes. */
  tokenLifetimeMs?: number
  /** Latency of each chat answer. */
  latencyMs?: number
  now?: () => Date
  model?: Model
}

export interface FakeGigaChat {
  router: Router
  /** The last requests, oldest first. */
  calls: readonly RecordedCall[]
  /** Queues replies for the next requests of a route; afterwards the model answers again. */
  script(replies: readonly ScriptedReply[], route?: 'chat' | 'oauth'): void
  /** Revokes all issued tokens. */
  revokeTokens(): void
  /** Clears recorded requests and queued replies. */
  reset(): void
}

const modelIds = [
  'GigaChat',
  'GigaChat-2',
  'GigaChat-2-Pro',
  'GigaChat-2-Max',
  'GigaChat-Pro',
  'GigaChat-Max',
  'GigaChat-Plus',
]
const models: ReadonlySet<string> = new Set([...modelIds.flatMap(id => [id, `${id}-preview`]), 'GigaChat-3-Ultra'])

/** A server that speaks GigaChat's v1 protocol with a rule-based model behind it. Its routes begin with `/api`. */
export function createFakeGigaChat(options: FakeGigaChatOptions): FakeGigaChat {
  const nowMs = () => (options.now ? options.now().getTime() : Date.now())
  const record = createCallRecord()
  const queues: Record<'chat' | 'oauth', ScriptedReply[]> = { chat: [], oauth: [] }
  const oauth = createOauth({
    credentials: options.credentials,
    scope: options.scope,
    tokenLifetimeMs: options.tokenLifetimeMs ?? 30 * 60_000,
    now: nowMs,
  })
  const balance = createBalance(options.packages)
  const meter = createUsageMeter(nowMs)
  const chat = createChatRoute({
    model: options.model ?? ruleModel,
    models,
    meter: (request, reply, sessionId) => {
      const usage = meter(request, reply, sessionId)
      balance.spend(request.model, usage.total_tokens)
      return usage
    },
    latencyMs: options.latencyMs ?? 0,
    now: nowMs,
    nextScripted: () => queues.chat.shift(),
  })

  const requireToken: RequestHandler = (req, res, next) => {
    const scope = oauth.scopeOfBearer(req)
    if (scope === null) return fail(res, 401, 'Unauthorized')
    res.locals.streams = options.concurrency ?? (scope === 'GIGACHAT_API_PERS' ? 1 : 10)
    next()
  }

  let inFlight = 0
  const limitStreams: RequestHandler = (_req, res, next) => {
    if (inFlight >= res.locals.streams) return fail(res, 429, 'Too Many Requests')
    inFlight++
    res.once('close', () => {
      inFlight--
    })
    next()
  }

  const scriptedOauth: RequestHandler = async (_req, res, next) => {
    const scripted = queues.oauth.shift()
    if (scripted === undefined) return next()
    await holdBack(scripted)
    if (!refuseAsScripted(res, scripted)) next()
  }

  const router = Router()
  const readJson = express.json({ limit: '1mb' })
  router.post(
    '/api/v2/oauth',
    record.note('oauth'),
    express.urlencoded({ extended: false }),
    record.noteBody,
    withFaults(options.faults, 'gigachat', status => ({ body: { code: status, message: 'Injected fault' } })),
    scriptedOauth,
    oauth.issue,
  )
  router.post(
    '/api/v1/chat/completions',
    record.note('chat'),
    requireToken,
    limitStreams,
    readJson,
    record.noteBody,
    withFaults(options.faults, 'gigachat', status => ({ body: chatFault(status) })),
    chat,
  )
  router.get('/api/v1/models', record.note('models'), requireToken, (_req, res) => {
    res.json({ object: 'list', data: [...models].map(modelCard) })
  })
  router.get('/api/v1/balance', record.note('balance'), requireToken, balance.route(oauth.scopeOfBearer))
  router.post('/api/v1/tokens/count', record.note('tokens'), requireToken, readJson, record.noteBody, countRoute)
  router.use(onError)

  return {
    router,
    calls: record.calls,
    script: (replies, route = 'chat') => void queues[route].push(...replies),
    revokeTokens: oauth.revoke,
    reset() {
      record.clear()
      queues.chat.length = 0
      queues.oauth.length = 0
    },
  }
}

const fail = (res: Response, status: number, message: string): void => void res.status(status).json({ status, message })

/** Gateways in front of the real service answer 502 and above in HTML. */
const chatFault = (status: number) =>
  status >= 502 ? `<html><body><h1>${status}</h1></body></html>` : { status, message: 'Injected fault' }

const modelCard = (id: string) => ({ id, object: 'model', owned_by: 'salutedevices', type: 'chat' })

const countRoute: RequestHandler = (req, res) => {
  const input: unknown = req.body?.input
  if (!Array.isArray(input) || !input.every(text => typeof text === 'string')) {
    return fail(res, 400, 'Bad request: input must be an array of strings')
  }
  res.json(input.map(text => ({ object: 'tokens', tokens: countTokens(text), characters: text.length })))
}

/** Body parsers report through errors with a status; anything else is a bug of the fake. */
const onError: ErrorRequestHandler = (err: unknown, _req, res, _next) => {
  const status = typeof err === 'object' && err !== null && 'status' in err ? Number(err.status) : 500
  if (status === 413) return fail(res, 413, 'Payload too large')
  fail(res, status, status < 500 ? 'Bad request: body is not readable' : 'Internal server error')
}
