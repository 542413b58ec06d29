import { once } from 'node:events'
import { createServer } from 'node:http'
import express from 'express'
import { createFaults } from '../faults.ts'
import { createFakeGigaChat, type FakeGigaChat, type FakeGigaChatOptions } from './fake-gigachat.ts'

export interface RunningGigaChat extends FakeGigaChat {
  /** What `GIGACHAT_AUTH_URL` and `GIGACHAT_API_URL` should be. */
  authUrl: string
  apiUrl: string
  close(): Promise<void>
}

/** The fake on a free port of the loopback, for tests. `close` cuts open connections. */
export async function startFakeGigaChat(options: Partial<FakeGigaChatOptions> = {}): Promise<RunningGigaChat> {
  const fake = createFakeGigaChat({ ...options, faults: options.faults ?? createFaults() })
  const server = createServer(express().disable('x-powered-by').use(fake.router))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the fake listens on no TCP port')
  const base = `http://127.0.0.1:${address.port}`
  return {
    ...fake,
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
