import { UpstreamError } from '../../errors.ts'

const timeoutMs = 2_000

/** Asks Prometheus for a constant. Rejects when no answer of a query comes back in time. */
export async function probePrometheus(url: string): Promise<void> {
  const address = new URL('api/v1/query?query=1', url.endsWith('/') ? url : `${url}/`)
  const { username, password } = address
  address.username = ''
  address.password = ''
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const headers: Record<string, string> = username === '' ? {} : { authorization: `Basic ${credentials}` }
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' })
  await response.body?.cancel()
  if (!response.ok) throw new UpstreamError('prometheus', response.status, 'query refused', true)
}
