import { once } from 'node:events'
import { createServer } from 'node:http'
import express from 'express'
import { createFaults } from '../faults.ts'
import { createGigaChatStandIn, type GigaChatStandIn, type GigaChatStandInOptions } from './gigachat-stand-in.ts'

export interface RunningGigaChat extends GigaChatStandIn {
  /** What `GIGACHAT_AUTH_URL` and `GIGACHAT_API_URL` should be. */
  authUrl: string
  apiUrl: string
  close(): Promise<void>
}

/** The stand-in on a free port of the loopback, for tests. `close` cuts open connections. */
export async function startGigaChatStandIn(options: Partial<GigaChatStandInOptions> = {}): Promise<RunningGigaChat> {
  const standIn = createGigaChatStandIn({ ...options, faults: options.faults ?? createFaults() })
  const server = createServer(express().disable('x-powered-by').use(standIn.router))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the stand-in listens on no TCP port')
  const base = `http://127.0.0.1:${address.port}`
  return {
    ...standIn,
    authUrl: `${base}/api/v2/oauth`,
    apiUrl: `${base}/api/v1`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
