import { randomBytes } from 'node:crypto'
import type { Request, RequestHandler } from 'express'

/** Whom the service accounts a request to. */
export type Scope = (typeof scopes)[number]
const scopes = ['GIGACHAT_API_PERS', 'GIGACHAT_API_B2B', 'GIGACHAT_API_CORP'] as const

const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const base64 = /^[A-Za-z0-9+/]+={0,2}$/

interface OauthOptions {
  credentials: string | undefined
  scope: Scope | undefined
  tokenLifetimeMs: number
  now: () => number
}

/** Hands out access tokens and knows which of them are alive. */
export function createOauth({ credentials, scope: granted, tokenLifetimeMs, now }: OauthOptions) {
  const tokens = new Map<string, { scope: Scope; expiresAt: number }>()

  const issue: RequestHandler = (req, res) => {
    const wanted = scopeOf(req)
    const refusal = refuseCredentials(req) ?? refuseRqUid(req) ?? refuseScope(wanted)
    if (refusal !== null) return void res.status(refusal.status).json(refusal.body)
    const scope = scopes.find(s => s === wanted)
    if (scope === undefined) return void res.status(400).json({ code: 1, message: 'scope data format invalid' })
    dropExpired()
    const expiresAt = now() + tokenLifetimeMs
    const token = createToken()
    tokens.set(token, { scope, expiresAt })
    res.json({ access_token: token, expires_at: expiresAt })
  }

  const refuseCredentials = (req: Request) => {
    const key = /^Basic\s+(\S+)$/i.exec(req.get('authorization') ?? '')?.[1]
    if (key === undefined || !base64.test(key) || !Buffer.from(key, 'base64').toString().includes(':')) {
      return refuse(401, 4, "Can't decode 'Authorization' header")
    }
    return credentials === undefined || key === credentials ? null : refuse(401, 6, "credentials doesn't match db data")
  }

  // The real body of this refusal is not known; only its status is documented.
  const refuseRqUid = (req: Request) =>
    uuid4.test(req.get('rquid') ?? '') ? null : refuse(400, 2, 'RqUID is missing or not a uuid of version 4')

  const refuseScope = (scope: string) => {
    if (scope === '') return refuse(400, 5, 'scope is empty')
    const isGranted = granted === undefined || granted === scope
    return isGranted || !isScope(scope) ? null : refuse(400, 7, 'scope from db not fully includes consumed scope')
  }

  const dropExpired = () => {
    for (const [token, { expiresAt }] of tokens) if (expiresAt <= now()) tokens.delete(token)
  }

  return {
    issue,
    /** The scope of the live token in the request's Authorization header, null when there is none. */
    scopeOfBearer(req: Request): Scope | null {
      const token = /^Bearer\s+(\S+)$/i.exec(req.get('authorization') ?? '')?.[1]
      const known = token === undefined ? undefined : tokens.get(token)
      return known !== undefined && known.expiresAt > now() ? known.scope : null
    },
    /** Makes every token handed out so far worthless, as a restart of the service does. */
    revoke: () => tokens.clear(),
  }
}

const refuse = (status: number, code: number, message: string) => ({ status, body: { code, message } })

const isScope = (scope: string): scope is Scope => scopes.some(s => s === scope)

function scopeOf(req: Request): string {
  const body: unknown = req.body
  const isForm = typeof body === 'object' && body !== null && 'scope' in body
  return isForm && typeof body.scope === 'string' ? body.scope.trim() : ''
}

/** Five parts like a JWE, about 1.2 kB: clients must not count on a short token. */
const createToken = () => [24, 256, 12, 600, 16].map(bytes => randomBytes(bytes).toString('base64url')).join('.')
