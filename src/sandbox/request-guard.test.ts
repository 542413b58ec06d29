import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../telemetry/log.ts'
import { createSandbox, sandboxToken } from './sandbox.ts'

async function serve(hosts?: string[]) {
  const running = await createSandbox({ hosts, log: silentLog, now: () => new Date() }).listen(0)
  onTestFinished(running.close)
  const { port } = new URL(running.url)
  /** The status a request with these headers gets. */
  const ask = (path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const sent = request({ port, path, method, headers }, response => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject).end(body)
    })
  return { port, ask }
}
const json = { 'content-type': 'application/json' }
const setWebhook = `/bot${sandboxToken}/setWebhook`
const hook = '{"url":"https://example.org/hook"}'

test.each([
  ['localhost', 200],
  ['LOCALHOST', 200],
  ['chat.localhost', 200],
  ['127.0.0.1', 200],
  ['[::1]', 200],
  ['sandbox', 200],
  ['evil.example', 403],
  ['localhost.evil.example', 403],
  ['127.0.0.1.evil.example', 403],
])('a request to the name %j is answered %i', async (name, status) => {
  const { ask, port } = await serve(['sandbox'])

  expect(await ask('/sandbox/users', { host: `${name}:${port}` })).toBe(status)
})

test.each([
  ['another origin', { origin: 'https://evil.example' }],
  ['another port of this machine', { origin: 'http://localhost:3000' }],
  ['no origin of its own', { origin: 'null' }],
  ['another site, by what the browser says', { 'sec-fetch-site': 'cross-site' }],
  ['a neighbour, by what the browser says', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' }],
])('a page of %s can neither act nor read', async (_whose, headers) => {
  const { ask } = await serve()

  expect(await ask('/sandbox/chats/1/messages', { ...json, ...headers }, '{"text":"/admin_help"}')).toBe(403)
  expect(await ask('/sandbox/users', headers)).toBe(403)
  expect(await ask(setWebhook, { ...json, ...headers }, hook)).toBe(403)
})

test('the page itself, and a link to it, are served', async () => {
  const { ask, port } = await serve()
  const own = { host: `localhost:${port}`, origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' }

  expect(await ask('/sandbox/chats/7/messages', { ...json, ...own }, '{"text":"привет"}')).toBe(200)
  expect(await ask('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200)
})

test.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])(
  'what a plain form can send (%s) changes nothing',
  async type => {
    const { ask } = await serve()

    expect(await ask(setWebhook, { 'content-type': type }, 'url=https://example.org/hook')).toBe(400)
    expect(await ask('/sandbox/chats/1/messages', { 'content-type': type }, '{"text":"/admin_help"}')).toBe(400)
    expect(await ask(`${setWebhook}?url=https://example.org/hook`)).toBe(400)
  },
)
