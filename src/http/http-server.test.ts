import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { clientLimits, createHttpServer } from './http-server.ts'

async function listen(limits: { headersMs: number; requestMs: number }) {
  const server = createHttpServer({
    listener: (request, response) => void request.resume().on('end', () => response.end('whole')),
    port: 0,
    host: '127.0.0.1',
    setting: 'HTTP_PORT',
    maxConnections: 10,
    graceMs: 0,
    limits,
  })
  onTestFinished(() => server.stop())
  return server.start()
}

/** What the server says to a client that sends this and then nothing more, until it closes the connection. */
async function sendPart(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', chunk => (answer += chunk)).on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return answer
}

test('a client that never ends its headers is cut', async () => {
  const port = await listen({ headersMs: 100, requestMs: 0 })

  expect(await sendPart(port, 'POST / HTTP/1.1\r\nHost: bot\r\n')).toContain('408 Request Timeout')
})

test('a client that never ends its request is cut', async () => {
  const port = await listen({ headersMs: 100, requestMs: 200 })

  expect(await sendPart(port, 'POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 9\r\n\r\nhalf')).toContain('408 Request')
})

test('without other limits headers have 5 seconds, a request 15', () => {
  expect(clientLimits).toEqual({ headersMs: 5_000, requestMs: 15_000 })
})
