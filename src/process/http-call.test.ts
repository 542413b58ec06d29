import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net'
import { Agent } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { type BodyReader, httpCall, type RawCall, wholeBody } from './http-call.ts'
import { ownTurn } from './own-turn.ts'

/** A server, and a call to it through a pool of its own. */
async function setup(listener: RequestListener) {
  const sockets = new Set<Socket>()
  const server = createServer(listener).listen(0, '127.0.0.1')
  // a connection that is cut is an error to the server
  server.on('connection', socket => sockets.add(socket.on('error', () => undefined)))
  await once(server, 'listening')
  const agent = new Agent()
  onTestFinished(async () => {
    await agent.destroy()
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/path?a=b`
  const call = (options: Partial<RawCall<string>> = {}) =>
    httpCall<string>(agent, url, { method: 'POST', headers: {}, body: 'вопрос', read: () => text(), ...options })
  return { call, sockets, server }
}

const text = (maxBytes = 1_000): BodyReader<string> => {
  const body = wholeBody(maxBytes, () => new RangeError('too large'))
  return { take: body.take, end: () => body.end().toString() }
}
async function closed(sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) if (!socket.destroyed) await new Promise(resolve => socket.once('close', resolve))
}

/** Begins an answer that does not end. */
const endless: RequestListener = (_req, res) => void res.write('begin')

test('the request goes out as it is, and the answer is read with its head', async () => {
  const { call } = await setup(async (req, res) => {
    const parts: Buffer[] = []
    for await (const part of req) parts.push(part)
    res.writeHead(418, { 'x-kind': 'teapot' })
    res.write(`${req.method} ${req.url} ${req.headers['x-sent']} `)
    res.end(Buffer.concat(parts))
  })
  const heads: unknown[] = []

  const answer = await call({
    headers: { 'x-sent': 'yes' },
    read: ({ status, headers }) => {
      heads.push(status, headers['x-kind'])
      return text()
    },
  })

  expect(answer).toBe('POST /path?a=b yes вопрос')
  expect(heads).toEqual([418, 'teapot'])
})

test('an informational answer is not the answer', async () => {
  const { call } = await setup((_req, res) => {
    res.writeProcessing()
    res.end('да')
  })

  const statuses: number[] = []

  const answer = await call({
    read: ({ status }) => {
      statuses.push(status)
      return text()
    },
  })

  expect(answer).toBe('да')
  expect(statuses).toEqual([200])
})

test('calls one after another share a connection', async () => {
  const { call, sockets } = await setup((req, res) => {
    if (req.headers['x-kind'] === 'empty') res.writeHead(202).end()
    else res.end('да')
  })

  await call()
  await ownTurn() // as callers do: until then the pool holds the connection for busy
  await call({ headers: { 'x-kind': 'empty' }, read: () => ({ value: 'nothing to read' }) })
  await ownTurn()
  await call()

  expect(sockets.size).toBe(1)
})

test.each([
  ['too large a body', { read: () => text(3) }, 'too large'],
  [
    'a head that is refused',
    {
      read: () => {
        throw new Error('refused')
      },
    },
    'refused',
  ],
  [
    'a part that is refused',
    {
      read: () => ({
        take: () => {
          throw new Error('refused')
        },
        end: () => '',
      }),
    },
    'refused',
  ],
  ['no answer in time', { limit: { ms: 30, error: () => new Error('too late') } }, 'too late'],
])('%s ends the call, and its connection is cut', async (_, options, message) => {
  const { call, sockets } = await setup(endless)

  await expect(call(options)).rejects.toThrow(message)

  await closed(sockets)
})

test.each([
  ['a value instead of the body', () => ({ value: 'enough' })],
  ['a reader that has enough', () => ({ take: () => true, end: () => 'enough' })],
])('%s is not waited for, and the connection is cut', async (_, read) => {
  const { call, sockets } = await setup(endless)

  expect(await call({ read })).toBe('enough')

  await closed(sockets)
})

test('what the end of the reader throws ends the call', async () => {
  const { call } = await setup((_req, res) => res.end('да'))
  const end = () => {
    throw new Error('not an answer')
  }

  await expect(call({ read: () => ({ take: () => false, end }) })).rejects.toThrow('not an answer')
})

test('an aborted call rejects with the reason, and its connection is cut', async () => {
  const { call, sockets, server } = await setup(endless)
  const ending = new AbortController()

  const calling = call({ signal: ending.signal })
  await once(server, 'request')
  ending.abort(new Error('enough'))

  await expect(calling).rejects.toThrow('enough')
  await closed(sockets)
})

test('a call that was aborted before it began, or while it connects, is not sent', async () => {
  const asked: string[] = []
  const { call } = await setup((req, res) => {
    asked.push(String(req.headers['x-call']))
    res.end('да')
  })
  const ending = new AbortController()

  const connecting = call({ signal: ending.signal, headers: { 'x-call': 'connecting' } })
  ending.abort(new Error('enough'))
  const late = call({ signal: ending.signal, headers: { 'x-call': 'late' } })

  await expect(connecting).rejects.toThrow('enough')
  await expect(late).rejects.toThrow('enough')
  await call({ headers: { 'x-call': 'next' } })
  expect(asked).toEqual(['next'])
})

test('a connection that breaks within the answer is a failure', async () => {
  const { call } = await setup((_req, res) => {
    res.writeHead(200, { 'content-length': '100' })
    res.write('begin', () => res.socket?.destroy())
  })

  await expect(call()).rejects.toThrow()
})

test('what is no HTTP is a failure', async () => {
  const server = createNetServer(socket => void socket.end('garbage\r\n\r\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent()
  onTestFinished(async () => {
    await agent.destroy()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  await expect(httpCall(agent, url, { method: 'GET', headers: {}, body: null, read: () => text() })).rejects.toThrow()
})
