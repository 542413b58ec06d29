import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Api, InputFile } from 'grammy'
import { expect, onTestFinished, test } from 'vitest'
import { startApp } from '../src/app.ts'
import { createExchange } from '../src/assistant/gigachat/exchange.ts'
import { loadConfig } from '../src/config.ts'
import { createOutboundAgent } from '../src/process/outbound.ts'
import { createSandbox } from '../src/sandbox/sandbox.ts'
import { createUploadFetch } from '../src/telegram/api/upload-fetch.ts'
import { silentLog } from '../src/telemetry/log.ts'
import { createTestUser } from './support/bot.ts'
import { startConnectProxy } from './support/connect-proxy.ts'
import { createTestDatabase } from './support/database.ts'

/** The fakes on this machine, and the settings that reach them under names of their own. */
async function startFakes() {
  const hosts = ['telegram', 'auth.gigachat', 'gigachat', 'shop'].map(name => `${name}.example`)
  const sandbox = createSandbox({ hosts, log: silentLog, now: () => new Date() })
  const running = await sandbox.listen(0)
  onTestFinished(() => running.close())
  const { port } = new URL(running.url)
  const names: Record<string, string> = {
    TELEGRAM_API_URL: 'telegram.example',
    GIGACHAT_AUTH_URL: 'auth.gigachat.example',
    GIGACHAT_API_URL: 'gigachat.example',
    MCP_URL: 'shop.example',
  }
  const settings = Object.fromEntries(
    Object.entries(running.settings()).map(([key, value]) => [
      key,
      names[key] === undefined ? value : value.replace(`127.0.0.1:${port}`, names[key]),
    ]),
  )
  return { url: running.url, port: Number(port), settings, telegram: sandbox.telegram }
}

async function startBot(settings: Record<string, string>) {
  const { url } = await createTestDatabase()
  const app = await startApp(
    loadConfig({
      ...{ DATABASE_URL: url, DATA_DIR: mkdtempSync(join(tmpdir(), 'bot-')), NODE_ENV: 'test', LOG_LEVEL: 'error' },
      ...{ HTTP_PORT: '0', METRICS_PORT: '0' },
      ...settings,
    }),
  )
  onTestFinished(() => app.stop('test finished'))
}

test.each(['HTTP_PROXY', 'http_proxy'])(
  'with %s Telegram, GigaChat and the shop are reached through it',
  async name => {
    const fakes = await startFakes()
    const proxy = await startConnectProxy(fakes.port)

    await startBot({ ...fakes.settings, [name]: proxy.url })
    const user = createTestUser(fakes.url, 500)
    await user.join()
    await user.ask('молоко и хлеб в корзину', /корзин/i)

    const hosts = ['telegram.example:80', 'auth.gigachat.example:80', 'gigachat.example:80', 'shop.example:80']
    expect(new Set(proxy.tunnels)).toEqual(new Set(hosts))
  },
)

test('hosts in NO_PROXY are reached directly, with what lies below them', async () => {
  const fakes = await startFakes()
  const proxy = await startConnectProxy(fakes.port)
  const local = { MCP_URL: `${fakes.url}/mcp`, TELEGRAM_API_URL: fakes.url }

  await startBot({ ...fakes.settings, ...local, HTTP_PROXY: proxy.url, NO_PROXY: 'localhost, 127.0.0.1' })
  const user = createTestUser(fakes.url, 500)
  await user.join()
  await user.ask('молоко и хлеб в корзину', /корзин/i)

  expect(new Set(proxy.tunnels)).toEqual(new Set(['auth.gigachat.example:80', 'gigachat.example:80']))
})

test('a file goes to Telegram through the proxy too', async () => {
  const fakes = await startFakes()
  const proxy = await startConnectProxy(fakes.port)
  const agent = createOutboundAgent({ proxy: { http: proxy.url, https: undefined, noProxy: '' } })
  onTestFinished(() => agent.destroy())
  await fetch(`${fakes.url}/sandbox/chats/7/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'привет' }),
  })
  const client = { apiRoot: 'http://telegram.example', fetch: createUploadFetch(agent) }
  const api = new Api(fakes.settings.BOT_TOKEN ?? '', client)

  const sent = await api.sendDocument(7, new InputFile(Buffer.from('a,b'), 'table.csv'), { caption: 'таблица' })

  expect(sent.document.file_name).toBe('table.csv')
  expect(proxy.tunnels).toEqual(['telegram.example:80'])
})

test('TLS inside the tunnel is checked against the certificates for GigaChat', async () => {
  const tls = new URL('../src/assistant/gigachat/testing/tls/', import.meta.url)
  const pem = (name: string) => readFileSync(new URL(name, tls), 'utf8')
  const server = createServer({ cert: pem('leaf.pem'), key: pem('leaf-key.pem') }, (_req, res) => res.end('ok'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const proxy = await startConnectProxy(port)
  const exchange = (ca: string | undefined) => {
    const { post, close } = createExchange({
      ca,
      proxy: { https: proxy.url, http: undefined, noProxy: '' },
      timeoutMs: 10_000,
    })
    onTestFinished(close)
    return post(`https://127.0.0.1:${port}/`, { headers: {}, body: '{}' })
  }

  expect((await exchange(pem('root.pem'))).body).toBe('ok')
  await expect(exchange(undefined)).rejects.toMatchObject({ reason: 'network' })
  expect(proxy.tunnels).toEqual([`127.0.0.1:${port}`, `127.0.0.1:${port}`])
})

test('a proxy that refuses is a broken connection, not an answer', async () => {
  const proxy = await startConnectProxy(1)
  const { post, close } = createExchange({
    ca: undefined,
    proxy: { https: undefined, http: proxy.url.replace('user:', 'stranger:'), noProxy: '' },
    timeoutMs: 10_000,
  })
  onTestFinished(close)

  await expect(post('http://gigachat.example/', { headers: {}, body: '{}' })).rejects.toMatchObject({
    reason: 'network',
  })
})
