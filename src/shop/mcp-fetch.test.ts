import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createMcpFetch } from './mcp-fetch.ts'

test('as many calls as there are share the signal of their connection without a warning about leaks', async () => {
  const calls = 12
  const open: ServerResponse[] = []
  const server = createServer((_req, res) => void open.push(res)).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const warnings: string[] = []
  const note = ({ name, message }: Error) => void warnings.push(`${name}: ${message}`)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  const fetch = createMcpFetch({ timeoutMs: 600_000, maxBytes: 1_000, userAgent: 'test', now: () => new Date() })
  const connection = new AbortController()

  const answers = Array.from({ length: calls }, (_, id) =>
    fetch(url, { method: 'POST', body: JSON.stringify({ id }), signal: connection.signal }),
  )
  await expect.poll(() => open.length).toBe(calls)
  for (const res of open) res.end('{}')
  await Promise.allSettled(answers)
  // a warning is emitted in a turn of its own
  await new Promise(resolve => setImmediate(resolve))

  expect(warnings.filter(text => text.startsWith('MaxListeners'))).toEqual([])
})
