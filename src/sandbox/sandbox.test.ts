import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Api } from 'grammy'
import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../cli/sandbox.ts'
import { loadConfig } from '../config.ts'
import { StartupError } from '../errors.ts'
import { silentLog } from '../telemetry/log.ts'
import { createSandbox } from './sandbox.ts'

const now = () => new Date()
const serve = async (port = 0) => {
  const running = await createSandbox({ log: silentLog, now }).listen(port)
  onTestFinished(() => running.close())
  return running
}

/** Runs the command on a free port and keeps what it wrote. */
async function command(args: string[] = [], env = {}, clock = now) {
  const written = { out: '', note: '' }
  const running = await startSandbox({
    args,
    env: { SANDBOX_PORT: '0', ...env },
    out: text => {
      written.out += text
    },
    note: text => {
      written.note += text
    },
    log: silentLog,
    now: clock,
  })
  onTestFinished(() => running.close())
  return { running, written }
}

test('its settings lead a bot to all three fakes', async () => {
  const { url, settings } = await serve()
  const config = loadConfig(settings())

  const me = await new Api(config.telegram.token ?? '', { apiRoot: config.telegram.apiUrl }).getMe()
  const oauth = await fetch(config.gigachat.authUrl, {
    method: 'POST',
    headers: { Authorization: `Basic ${config.gigachat.credentials}`, RqUID: crypto.randomUUID() },
    body: new URLSearchParams({ scope: 'GIGACHAT_API_PERS' }),
  })
  const mcp = await fetch(config.shop.mcpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  })
  const page = await fetch(url)

  expect(me.username).toBe('vkusvill_sandbox_bot')
  expect(await oauth.json()).toMatchObject({ access_token: expect.any(String) })
  expect(mcp.status).toBeLessThan(500)
  expect(await page.text()).toContain('<html lang="ru"')
  expect(config.telegram.adminUserIds).toEqual([1])
})

test('listens on this machine only and says clearly when the port is taken', async () => {
  const { url } = await serve()
  const { port, hostname } = new URL(url)

  const second = serve(Number(port))

  expect(hostname).toBe('127.0.0.1')
  await expect(second).rejects.toThrow(StartupError)
  await expect(second).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`)
})

test('the command prints the settings and nothing else, and writes them to the file it is given', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sandbox-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const file = join(dir, 'bot.env')

  const { running, written } = await command(['--env', file])

  const lines = Object.entries(running.settings()).map(([name, value]) => `${name}=${value}`)
  expect(written.out.trimEnd().split('\n')).toEqual(lines)
  expect(written.note).toContain(running.url)
  const [settings, secondModel] = (await readFile(file, 'utf8')).split('# A second model')
  expect(settings).toBe(`${written.out}\n`)
  expect(secondModel).toMatch(/^.*:(?:\n# LLM_FALLBACK_(?:URL|KEY|MODEL|PRICE)=\S+){4}\n$/)
})

test.each([
  { args: [], taken: 5 },
  { args: ['--no-limits'], taken: 8 },
])('the command keeps to Telegram’s limits unless --no-limits is given: $args', async ({ args, taken }) => {
  const { running } = await command(args, {}, () => new Date('2026-05-01T10:00:00Z'))
  const { BOT_TOKEN = '', TELEGRAM_API_URL = '' } = running.settings()
  const headers = { 'content-type': 'application/json' }
  await fetch(`${running.url}/sandbox/chats/7/messages`, { method: 'POST', headers, body: '{"text":"привет"}' })

  const sending = Array.from({ length: 8 }, () => new Api(BOT_TOKEN, { apiRoot: TELEGRAM_API_URL }).sendMessage(7, 'x'))

  const sent = await Promise.allSettled(sending)
  expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(taken)
})

test('the command names what is wrong with its options, settings and file', async () => {
  await expect(command(['--port', '1'])).rejects.toThrow("Unknown option '--port'; --help shows the options")
  await expect(command([], { SANDBOX_PORT: 'abc' })).rejects.toThrow('SANDBOX_PORT: must be a port number')
  await expect(command(['--env', '/nonexistent/dir/bot.env'])).rejects.toThrow('cannot be written to /nonexistent')
})

test('an unknown address is a plain 404', async () => {
  const { url } = await serve()

  const [page, control] = await Promise.all([fetch(`${url}/nothing`), fetch(`${url}/sandbox/nothing`)])

  expect(page.status).toBe(404)
  expect(control.status).toBe(404)
  expect(await control.json()).toEqual({ error: 'no such address in the sandbox' })
})
