import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express'
import { type Faults, withFaults } from '../faults.ts'
import type { ChatBody, Model, WireReply } from '../gigachat/chat-contract.ts'
import { refuseAsScripted } from '../gigachat/chat-route.ts'
import { ruleModel } from '../gigachat/model/rule-model.ts'
import { holdBack, type ScriptedReply } from '../gigachat/scripted-reply.ts'
import { createUsageMeter } from '../gigachat/token-usage.ts'
import { checkCompletion } from './completion-rules.ts'

export interface FakeOpenAiOptions {
  faults: Faults
  /** The key that is accepted; any, or none, when left out. */
  key?: string
  now?: () => Date
  model?: Model
}

export interface FakeOpenAi {
  router: Router
  /** The bodies of the last chat requests, oldest first, refused ones included. */
  requests: readonly unknown[]
  /** Queues replies for the next requests; afterwards the model answers again. */
  script(replies: readonly ScriptedReply[]): void
}

const kept = 200

/** A server that speaks OpenAI's chat completions with the rule-based model behind it. Its routes begin with `/v1`. */
export function createFakeOpenAi({
  faults,
  key,
  now = () => new Date(),
  model = ruleModel,
}: FakeOpenAiOptions): FakeOpenAi {
  const requests: unknown[] = []
  const queue: ScriptedReply[] = []
  const meter = createUsageMeter(() => now().getTime())

  const requireKey: RequestHandler = (req, res, next) => {
    if (key === undefined || req.get('authorization') === `Bearer ${key}`) return next()
    refuse(res, 401, 'Incorrect API key provided')
  }
  const note: RequestHandler = (req, _res, next) => {
    requests.push(req.body)
    if (requests.length > kept) requests.shift()
    next()
  }

  const complete: RequestHandler = async (req, res) => {
    const checked = checkCompletion(req.body)
    if ('refusal' in checked) return refuse(res, 400, checked.refusal)
    const scripted = queue.shift() ?? { kind: 'model' as const }
    await holdBack(scripted)
    if (refuseAsScripted(res, scripted)) return
    const reply = replyOf(scripted, checked.request)
    res.json({
      id: `chatcmpl-${randomUUID()}`,
      object: 'chat.completion',
      created: Math.floor(now().getTime() / 1000),
      model: checked.request.model,
      choices: [{ index: 0, message: messageOf(reply), finish_reason: finishReasonOf(reply, scripted) }],
      usage: usageOf(checked.request, reply),
    })
  }

  function replyOf(scripted: ScriptedReply, request: ChatBody): WireReply {
    if (scripted.kind === 'text') return { text: scripted.text }
    if (scripted.kind === 'call') return { call: { name: scripted.name, arguments: scripted.arguments } }
    return model(request)
  }

  function usageOf(request: ChatBody, reply: WireReply) {
    const { prompt_tokens, completion_tokens, total_tokens } = meter(request, reply, undefined)
    return { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details: { cached_tokens: 0 } }
  }

  const router = Router()
  router.post(
    '/v1/chat/completions',
    requireKey,
    express.json({ limit: '1mb' }),
    note,
    withFaults(faults, 'openai', status => ({ body: errorBody(status, 'Injected fault') })),
    complete,
  )
  router.get('/v1/models', requireKey, (_req, res) => {
    res.json({ object: 'list', data: [{ id: 'sandbox', object: 'model', created: 0, owned_by: 'sandbox' }] })
  })
  router.use(onError)
  return { router, requests, script: replies => void queue.push(...replies) }
}

const errorBody = (status: number, message: string) => ({
  error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code: null },
})
const refuse = (res: Response, status: number, message: string): void =>
  void res.status(status).json(errorBody(status, message))

const messageOf = (reply: WireReply) =>
  'text' in reply
    ? { role: 'assistant', content: reply.text, refusal: null }
    : {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [
          {
            id: `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
            type: 'function',
            function: { name: reply.call.name, arguments: JSON.stringify(reply.call.arguments) },
          },
        ],
      }

function finishReasonOf(reply: WireReply, scripted: ScriptedReply): string {
  const scriptedReason = 'finishReason' in scripted ? scripted.finishReason : undefined
  return scriptedReason ?? ('text' in reply ? 'stop' : 'tool_calls')
}

/** Body parsers report through errors with a status; anything else is a bug of the fake. */
const onError: ErrorRequestHandler = (err: unknown, _req, res, _next) => {
  const status = typeof err === 'object' && err !== null && 'status' in err ? Number(err.status) : 500
  refuse(res, status, status < 500 ? 'the body is not readable' : 'Internal server error')
}
