import type { RequestHandler } from 'express'
import { z } from 'zod'
import type { Faults } from '../faults.ts'
import type { LostSessionWording } from './lost-session-wordings.ts'

const Rpc = z.looseObject({ id: z.unknown().optional(), method: z.string().optional() })

/** The shop under the fault `session`: every session is lost, and each call is refused until a client initializes anew. */
export const withLostSession =
  (faults: Faults): RequestHandler =>
  (req, res, next) => {
    const fault = faults.get('shop')
    if (fault.mode !== 'session') return next()
    const { id, method } = Rpc.catch({}).parse(req.body)
    if (method === 'initialize') faults.set({ service: 'shop', mode: 'none', status: 500, delay_ms: 0, rate: 1 })
    if (method === 'initialize' || id === undefined) return next()
    const { status, body } = refusals[fault.wording ?? 'not_found'](id)
    res.status(status).send(body)
  }

const error = (id: unknown, code: number, message: string) => ({ jsonrpc: '2.0', id, error: { code, message } })

const refusals: Record<LostSessionWording, (id: unknown) => { status: number; body: unknown }> = {
  not_found: () => ({ status: 404, body: error(null, -32001, 'Session not found') }),
  bad_request: () => ({ status: 400, body: 'Bad Request: No valid session ID provided' }),
  not_initialized: id => ({ status: 200, body: error(id, -32002, 'Server not initialized') }),
  invalid_request: () => ({ status: 200, body: error(null, -32600, 'Invalid Request') }),
  failed_tool: id => ({
    status: 200,
    body: { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'Session expired' }], isError: true } },
  }),
}
