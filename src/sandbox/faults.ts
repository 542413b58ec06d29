import type { RequestHandler } from 'express'
import { z } from 'zod'
import { lostSessionWordings } from './shop/lost-session-wordings.ts'

/** What `POST /sandbox/faults` takes: how one fake misbehaves until the next request changes it. */
export const FaultRequest = z.object({
  service: z.enum(['telegram', 'gigachat', 'openai', 'shop']),
  mode: z.enum(['status', 'slow', 'reset', 'garbage', 'session', 'none']),
  status: z.int().min(400).max(599).default(500),
  delay_ms: z.int().nonnegative().max(600_000).default(5_000),
  /** Share of requests hit, 0 to 1. */
  rate: z.number().min(0).max(1).default(1),
  /** Telegram only: what it says with `status`, and the parameters it adds. */
  description: z.string().max(500).optional(),
  parameters: z.record(z.string(), z.int()).optional(),
  /** Telegram only: the methods hit; without it all. */
  methods: z.array(z.string()).optional(),
  /** Shop only, with `session`: how it says that it does not know the session. */
  wording: z.enum(lostSessionWordings).optional(),
  /** After so many requests were hit all is well again. */
  times: z.int().positive().optional(),
})
export type FaultRequest = z.infer<typeof FaultRequest>
export type FaultyService = FaultRequest['service']
export type Fault = Omit<FaultRequest, 'service'>

const none: Fault = { mode: 'none', status: 500, delay_ms: 0, rate: 1 }

/** The faults in force, one per service. */
export interface Faults {
  set(request: FaultRequest): void
  get(service: FaultyService): Fault
}

export function createFaults(): Faults {
  const inForce = new Map<FaultyService, Fault>()
  return {
    set: ({ service, ...fault }) => void inForce.set(service, fault),
    get: service => inForce.get(service) ?? none,
  }
}

/**
 * Express middleware that applies the service's fault before the fake answers: `status` through `refuse` (which knows
 * the service's error body), `slow` delays, `reset` cuts the connection, `garbage` answers 200 with HTML; `session` is the shop's own.
 */
export const withFaults =
  (
    faults: Faults,
    service: FaultyService,
    refuse: (status: number, fault: Fault) => { headers?: Record<string, string>; body: unknown },
  ): RequestHandler =>
  (req, res, next) => {
    const fault = faults.get(service)
    // the shop itself knows what belongs to a session
    if (fault.mode === 'none' || fault.mode === 'session' || Math.random() >= fault.rate) return next()
    if (fault.methods !== undefined && !fault.methods.some(method => method === req.params.method)) return next()
    if (fault.times !== undefined)
      faults.set({ service, ...(fault.times > 1 ? { ...fault, times: fault.times - 1 } : none) })
    switch (fault.mode) {
      case 'slow':
        setTimeout(next, fault.delay_ms)
        return
      case 'reset':
        res.socket?.resetAndDestroy()
        return
      case 'garbage':
        res.status(200).type('html').send('<html><body>Bad gateway</body></html>')
        return
      case 'status': {
        const { headers = {}, body } = refuse(fault.status, fault)
        res.status(fault.status).set(headers).send(body)
      }
    }
  }
