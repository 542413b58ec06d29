import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ConfigError, StartupError } from '../../errors.ts'
import { loadCertificates } from './certificates.ts'
import { createExchange } from './exchange.ts'

const real = [
  'https://ngw.devices.sberbank.ru:9443/api/v2/oauth',
  'https://gigachat.devices.sberbank.ru/api/v1',
] as const
const fixture = (name: string) => readFileSync(new URL(`./testing/tls/${name}`, import.meta.url), 'utf8')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'bundle.pem')
  writeFileSync(file, text)
  return file
}

async function httpsServer(): Promise<string> {
  const server = createServer({ cert: fixture('leaf.pem'), key: fixture('leaf-key.pem') }, (_req, res) => res.end('ok'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function exchangeWith(ca: string | undefined) {
  const exchange = createExchange({ ca, timeoutMs: 10_000 })
  cleanups.push(() => exchange.close())
  return exchange.post
}

test('a bundle of several certificates with words between them is read', () => {
  const file = fileOf(`# root\n${fixture('root.pem')}\n# leaf\n${fixture('leaf.pem')}`)

  const pem = loadCertificates(file, ...real)

  expect(pem?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
})

test.each([
  ['is not there', () => '/nowhere/bundle.pem', 'cannot be read (ENOENT)'],
  ['is a folder', () => tmpdir(), 'cannot be read (EISDIR)'],
  ['is empty', () => fileOf(''), 'no PEM certificate'],
  ['holds a key only', () => fileOf(fixture('leaf-key.pem')), 'no PEM certificate'],
  ['holds a damaged certificate', () => fileOf(fixture('root.pem').replace(/^M.*$/m, 'AAAA')), 'damaged'],
  ['holds expired certificates only', () => fileOf(fixture('expired.pem')), 'expired'],
])('a file that %s is a settings error that says so', (_, file, problem) => {
  const load = () => loadCertificates(file(), ...real)

  expect(load).toThrow(ConfigError)
  expect(load).toThrow(problem)
  expect(load).toThrow('GIGACHAT_CA_FILE')
})

test('a bundle outlives one of its certificates', () => {
  const file = fileOf(fixture('expired.pem') + fixture('root.pem'))

  const pem = loadCertificates(file, ...real)

  expect(pem).toContain('BEGIN CERTIFICATE')
})

test.each([
  'https://ngw.devices.sberbank.ru:9443/api/v2/oauth',
  'https://gigachat.devices.sberbank.ru/api/v1',
  'https://api.giga.chat/v1',
  'https://giga.chat/v1',
])('without a file %s does not start, and the message says what to get and where to name it', url => {
  const load = () => loadCertificates(undefined, 'http://127.0.0.1:1/', url)

  expect(load).toThrow(StartupError)
  expect(load).toThrow(/gosuslugi\.ru\/crt.*GIGACHAT_CA_FILE/)
})

test.each([
  'http://127.0.0.1:8081/api/v1',
  'http://localhost:8081/api/v1',
  'https://gigachat.example.org/v1',
  'https://notsberbank.ru/v1',
])('without a file %s is checked against the roots of Node', url => {
  const pem = loadCertificates(undefined, url)

  expect(pem).toBeUndefined()
})

test('a server of the given roots is trusted', async () => {
  const url = await httpsServer()
  const post = exchangeWith(loadCertificates(fileOf(fixture('root.pem')), url))

  const reply = await post(url, { headers: {}, body: '' })

  expect(reply).toMatchObject({ status: 200, body: 'ok' })
})

test('a server of other roots is not', async () => {
  const url = await httpsServer()
  const post = exchangeWith(undefined)

  const refused = post(url, { headers: {}, body: '' })

  await expect(refused).rejects.toMatchObject({
    reason: 'network',
    cause: { code: /CERT|SELF_SIGNED|VERIFY/ },
  })
})
