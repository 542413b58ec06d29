import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { ChatBody, Model, WireReply } from './chat-contract.ts'
import { checkChatRequest } from './chat-rules.ts'
import { holdBack, type ScriptedReply } from './scripted-reply.ts'
import type { createUsageMeter } from './token-usage.ts'

/** What the service answers when a topic is refused; finish_reason says `blacklist`. */
const blacklistText = 'Не люблю менять тему разговора, но вот сейчас тот самый случай.'

interface ChatDeps {
  model: Model
  models: ReadonlySet<string>
  meter: ReturnType<typeof createUsageMeter>
  latencyMs: number
  now: () => number
  nextScripted: () => ScriptedReply | undefined
}

/** Checks a chat request, then answers it from the script or, without one, from the model. */
export function createChatRoute(deps: ChatDeps): RequestHandler {
  return async (req, res) => {
    const checked = checkChatRequest(req.body, deps.models)
    if ('refusal' in checked) return void res.status(checked.refusal.status).json(checked.refusal)
    const scripted = deps.nextScripted() ?? { kind: 'model' }
    await holdBack(scripted, deps.latencyMs)
    answer(req, res, checked.request, scripted)
  }

  function answer(req: Request, res: Response, request: ChatBody, scripted: ScriptedReply) {
    if (refuseAsScripted(res, scripted)) return
    const reply = replyOf(request, scripted)
    const sessionId = req.get('x-session-id')
    res.set('X-Request-Id', req.get('x-request-id') ?? randomUUID())
    res.set('X-Session-Id', sessionId ?? randomUUID())
    const body = {
      choices: [{ message: messageOf(reply), index: 0, finish_reason: finishReasonOf(reply, scripted) }],
      created: Math.floor(deps.now() / 1000),
      model: `${request.model}:2.0.28.2`,
      object: 'chat.completion',
      usage: deps.meter(request, reply, sessionId),
    }
    if (scripted.kind !== 'stall') return void res.json(body)
    const text = JSON.stringify(body)
    res.type('json').set('Content-Length', String(Buffer.byteLength(text)))
    res.write(text.slice(0, text.length / 2))
  }

  function replyOf(request: ChatBody, scripted: ScriptedReply): WireReply {
    switch (scripted.kind) {
      case 'text':
        return { text: scripted.text }
      case 'call':
        return { call: { name: scripted.name, arguments: scripted.arguments } }
      case 'blacklist':
        return { text: blacklistText }
      default:
        return deps.model(request)
    }
  }
}

/** Handles the scripted replies that are no chat completion. */
export function refuseAsScripted(res: Response, scripted: ScriptedReply): boolean {
  switch (scripted.kind) {
    case 'status':
      res.status(scripted.status).set(scripted.headers ?? {})
      if (scripted.html !== undefined) res.type('html').send(scripted.html)
      else res.json({ status: scripted.status, message: scripted.message ?? 'Scripted failure' })
      return true
    case 'reset':
      res.socket?.resetAndDestroy()
      return true
    case 'garbage':
      res.type('html').send('<html><body>Bad gateway</body></html>')
      return true
    case 'json':
      res.json(scripted.body)
      return true
    default:
      return false
  }
}

const messageOf = (reply: WireReply) =>
  'text' in reply
    ? { role: 'assistant', content: reply.text }
    : { role: 'assistant', content: '', function_call: reply.call, functions_state_id: randomUUID() }

function finishReasonOf(reply: WireReply, scripted: ScriptedReply): string {
  if (scripted.kind === 'blacklist') return 'blacklist'
  const scriptedReason = 'finishReason' in scripted ? scripted.finishReason : undefined
  return scriptedReason ?? ('text' in reply ? 'stop' : 'function_call')
}
