import { z } from 'zod'
import { parseJson } from '../../shop/json.ts'
import type { Exchange } from './exchange.ts'
import { GigaChatError, statusError } from './gigachat-error.ts'

/** Tokens that are left of each package, under the names of the service. */
export type Balance = readonly { usage: string; tokens: number }[]

/** Reads the balance; null for an account without one, which pays afterwards. Rejects with an AppError. */
export type ReadBalance = () => Promise<Balance | null>

const WireBalance = z.object({ balance: z.array(z.object({ usage: z.string(), value: z.number() })) })

/** Asks `GET /balance` with this token. Throws GigaChatError of status 401 when it is refused. */
export async function askBalance(send: Exchange, apiUrl: string, token: string): Promise<Balance | null> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
  const reply = await send(`${apiUrl}/balance`, { headers })
  if (reply.status === 403 || reply.status === 404) return null
  if (reply.status !== 200) throw statusError(reply.status, undefined)
  const parsed = WireBalance.safeParse(parseJson(reply.body))
  if (!parsed.success) throw new GigaChatError('shape', 200, 'balance of an unknown shape')
  return parsed.data.balance.map(({ usage, value }) => ({ usage, tokens: value }))
}
