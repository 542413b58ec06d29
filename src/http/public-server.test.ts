import { afterEach, expect, test } from 'vitest'
import { StartupError } from '../errors.ts'
import { type Log, silentLog } from '../telemetry/log.ts'
import type { LogEvent } from '../telemetry/log-catalogue.ts'
import { createPublicServer, type PublicServerOptions } from './public-server.ts'

const stops: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function setup(options: Partial<PublicServerOptions> = {}) {
  const logged: Array<{ event: LogEvent; fields: object }> = []
  const log: Log = { ...silentLog, error: (event, fields) => logged.push({ event, fields }) }
  const server = createPublicServer({ port: 0, host: '127.0.0.1', log, graceMs: 50, ...options })
  stops.push(server.stop)
  return { server, logged }
}

const post = (port: number, path: string, body: string) =>
  fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })

test('a mounted handler gets the request before any of its body was read', async () => {
  const { server } = setup()
  server.mount('/hook', (request, response) => {
    response.json({ body: request.body ?? null, isRead: request.readableDidRead })
  })

  const response = await post(await server.start(), '/hook', '{broken')

  expect(await response.json()).toEqual({ body: null, isRead: false })
})

test('other paths and methods are 404', async () => {
  const { server } = setup()
  server.mount('/hook', (_request, response) => {
    response.end()
  })
  const port = await server.start()

  const answers = await Promise.all([
    post(port, '/', '{}'),
    post(port, '/hook/', '{}'),
    fetch(`http://127.0.0.1:${port}/hook`),
  ])

  expect(answers.map(answer => answer.status)).toEqual([404, 404, 404])
})

test('a failing handler is logged and answered with 500 without details', async () => {
  const { server, logged } = setup()
  const err = new Error('secret')
  server.mount('/hook', () => Promise.reject(err))

  const response = await post(await server.start(), '/hook', '{}')

  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({ error: 'internal error' })
  expect(logged).toEqual([{ event: 'http_failed', fields: { operation: 'public', status: 500, err } }])
})

test('a port in use is an error that names the setting to change', async () => {
  const { server: first } = setup()
  const port = await first.start()
  const { server: second } = setup({ port })

  const start = second.start()

  await expect(start).rejects.toThrow(StartupError)
  await expect(start).rejects.toThrow(`port ${port} is taken by another program: stop it or set another HTTP_PORT`)
})

test('stop lets a request in flight finish', async () => {
  const { server } = setup({ graceMs: 10_000 })
  let answer: () => unknown = () => undefined
  const arrived = new Promise<void>(resolve => {
    server.mount('/hook', (_request, response) => {
      answer = () => void response.json({ done: true })
      resolve()
    })
  })
  const response = post(await server.start(), '/hook', '{}')
  await arrived

  const stopped = server.stop()
  answer()

  expect(await (await response).json()).toEqual({ done: true })
  await stopped
})

test('stop aborts a request that never ends, may be called twice, and needs no start', async () => {
  const { server } = setup()
  const arrived = new Promise<void>(resolve => {
    server.mount('/hook', () => resolve())
  })
  const response = post(await server.start(), '/hook', '{}')
  const cut = expect(response).rejects.toThrow()
  await arrived

  await Promise.all([server.stop(), server.stop()])
  await setup().server.stop()

  await cut
})
