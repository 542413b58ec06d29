import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type LokiStandIn, type LokiStandInOptions, startLokiStandIn } from '../testing/loki-stand-in.ts'
import { createShipping, type Shipping, type ShippingOptions } from './shipping.ts'

const realLoki = process.env.LOKI_URL
let directory = ''
let env = ''
let loki: LokiStandIn
const shippings: Shipping[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'shipping-'))
  env = `test-${directory.slice(-6)}` // a real Loki keeps the lines of other tests
})
afterEach(async () => {
  for (const shipping of shippings.splice(0)) shipping.stop()
  await loki.kill()
  rmSync(directory, { recursive: true, force: true })
})

async function startLoki(options: LokiStandInOptions = {}) {
  loki = await startLokiStandIn({ realLoki, ...options })
}

function ship(options: Partial<ShippingOptions> = {}): Shipping {
  const shipping = createShipping({
    url: loki.url,
    directory,
    spoolBytes: 10_000_000,
    pushTimeoutMs: 10_000,
    backoff: { firstMs: 1, maxMs: 10 },
    ...options,
  })
  shippings.push(shipping)
  return shipping
}

const start = Date.now() - 60_000
interface Given {
  ms?: number
  event?: string
  line?: string
  labels?: Record<string, string>
}

/** The body that pino-loki makes of lines: one stream object for each. */
const body = (lines: readonly Given[]) =>
  JSON.stringify({
    streams: lines.map(({ ms = start, event = 'tool_call', line = 'x', labels = {} }) => ({
      stream: { level: 'info', service_name: 'vkusvill-bot', env, event, ...labels },
      values: [[`${ms}000000`, line]],
    })),
  })

const numbered = (from: number, to: number): Given[] =>
  Array.from({ length: to - from }, (_, i) => ({ ms: start + Math.floor((from + i) / 3), line: `line ${from + i}` }))
const texts = async () => (await loki.lines(env)).map(({ line }) => line)
const rejected = () =>
  existsSync(join(directory, 'rejected.ndjson'))
    ? readFileSync(join(directory, 'rejected.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    : []
const spooledFiles = () => (existsSync(join(directory, 'spool')) ? readdirSync(join(directory, 'spool')) : [])
const expected = (from: number, to: number) => numbered(from, to).map(({ line }) => line)

test('lines arrive once, in order, with their own time, also those that are equal', async () => {
  await startLoki()
  const shipping = ship()

  shipping.accept(body(numbered(0, 30)))
  shipping.accept(body([{ line: 'same' }, { line: 'same' }]))
  await shipping.drain(10_000)

  const lines = await loki.lines(env)
  expect(lines.filter(({ line }) => line === 'same')).toHaveLength(2)
  const others = lines.filter(({ line }) => line !== 'same')
  expect(others.map(({ line }) => line)).toEqual(expected(0, 30))
  expect(others.map(({ ns }) => Number(ns / 1_000_000n))).toEqual(numbered(0, 30).map(({ ms }) => ms))
  expect(shipping.stats()).toMatchObject({ sent: 32, waiting: { lines: 0, bytes: 0, oldestMs: null } })
  expect(spooledFiles()).toEqual([])
})

test('while Loki is away lines wait on disk, and arrive once and in order when it is back', async () => {
  await startLoki()
  const shipping = ship()
  shipping.accept(body(numbered(0, 100)))
  await shipping.drain(10_000)

  await loki.kill()
  for (let i = 100; i < 2000; i += 50) shipping.accept(body(numbered(i, i + 50)))
  await vi.waitFor(() => expect(shipping.stats().pushes.unreachable).toBeGreaterThan(0))
  expect(shipping.stats().waiting).toMatchObject({ lines: 1900, oldestMs: start + 33 })
  await loki.start()
  for (let i = 2000; i < 2500; i += 50) shipping.accept(body(numbered(i, i + 50)))
  await shipping.drain(10_000)

  expect(await texts()).toEqual(expected(0, 2500))
})

test.each(['cut', 'cut_after', 'hang'] as const)(
  'a push that ends in "%s" is repeated without doubling a line',
  async mood => {
    await startLoki()
    const shipping = ship({ pushTimeoutMs: 300 })
    loki.mood = mood

    shipping.accept(body(numbered(0, 100)))
    await loki.until(() => loki.answers.length >= 2)
    loki.mood = 'well'
    shipping.accept(body(numbered(100, 200)))
    await shipping.drain(10_000)

    expect(await texts()).toEqual(expected(0, 200))
    expect(shipping.stats().sent).toBe(200)
  },
)

test.each([
  { status: 503 },
  { status: 500, text: 'oops' },
  { status: 429, text: 'rate limit', retryAfter: '0' },
  { status: 404 },
  { status: 401 },
])('while Loki answers $status nothing is given up', async mood => {
  await startLoki()
  const shipping = ship()
  loki.mood = mood

  shipping.accept(body(numbered(0, 100)))
  await loki.until(() => loki.answers.length >= 8)
  loki.mood = 'well'
  await shipping.drain(10_000)

  expect(await texts()).toEqual(expected(0, 100))
  expect(shipping.stats()).toMatchObject({ sent: 100, lost: { rejected: 0 } })
})

test('what an earlier process left arrives first, with its own time', async () => {
  await startLoki()
  await loki.kill()
  const killed = ship()
  killed.accept(body(numbered(0, 50)))
  killed.accept(body(numbered(50, 100)))
  killed.stop()

  const next = ship()
  expect(next.stats().waiting).toMatchObject({ lines: 100, oldestMs: start })
  next.accept(body(numbered(100, 150)))
  await loki.start()
  await next.drain(10_000)

  expect(await texts()).toEqual(expected(0, 150))
  expect((await loki.lines(env)).map(({ ns }) => Number(ns / 1_000_000n))).toEqual(numbered(0, 150).map(({ ms }) => ms))
})

test('what was left is sent without a new line to wake it', async () => {
  await startLoki()
  await loki.kill()
  const killed = ship()
  killed.accept(body(numbered(0, 50)))
  killed.stop()
  await loki.start()

  ship()

  await loki.until(async () => (await texts()).length === 50)
})

test('a file cut short by a crash is no line, and one that is damaged costs only itself', async () => {
  await startLoki()
  await loki.kill()
  const killed = ship()
  killed.accept(body(numbered(0, 50)))
  killed.accept(body(numbered(50, 100)))
  killed.stop()
  const [first] = spooledFiles()
  writeFileSync(join(directory, 'spool', first ?? ''), 'no gzip')
  writeFileSync(join(directory, 'spool', `${first}.tmp`), 'half')

  const next = ship()
  await loki.start()
  await next.drain(10_000)

  expect(await texts()).toEqual(expected(50, 100))
  expect(next.stats().lost.disk).toBe(50)
  expect(spooledFiles()).toEqual([])
})

test('two processes that share a directory while one replaces the other lose and double nothing', async () => {
  await startLoki()
  await loki.kill()
  const old = ship()
  old.accept(body(numbered(0, 50)))
  old.accept(body(numbered(50, 100)))
  const next = ship()
  next.accept(body(numbered(100, 150)))

  await loki.start()
  await Promise.all([old.drain(10_000), next.drain(10_000)])

  expect(await texts()).toEqual(expected(0, 150))
  expect([old.stats().lost.disk, next.stats().lost.disk]).toEqual([0, 0])
})

test('lines that Loki refuses for good cost only themselves and are set aside with its reason', async () => {
  await startLoki()
  const shipping = ship()
  const tooLong = realLoki === undefined ? [{ ms: start, line: 'long '.repeat(60_000) }] : [] // ours is told to cut them
  const poison: Given[] = [
    ...tooLong,
    { ms: start - 300 * 3_600_000, line: 'old' },
    { ms: start + 3 * 3_600_000, line: 'from the future' },
  ]

  shipping.accept(body([...numbered(0, 40), ...poison, ...numbered(40, 80)]))
  shipping.accept(body(numbered(80, 120)))
  await shipping.drain(10_000)

  expect(await texts()).toEqual(expected(0, 120))
  const why = Object.fromEntries(rejected().map(({ reason, line }) => [line.slice(0, 5), reason]))
  expect(why).toEqual({
    ...(realLoki === undefined && { 'long ': expect.stringContaining('max entry size') }),
    old: expect.stringContaining('timestamp too old'),
    'from ': expect.stringContaining('timestamp too new'),
  })
  expect(shipping.stats()).toMatchObject({ lost: { rejected: poison.length }, waiting: { lines: 0 } })
})

test('a body that Loki refuses whole for one stream loses only that stream', async () => {
  await startLoki()
  const shipping = ship()

  shipping.accept(body([...numbered(0, 10), { line: 'bad', labels: { 'chat.id': '1' } }, ...numbered(10, 20)]))
  await shipping.drain(10_000)

  expect(await texts()).toEqual(expected(0, 20))
  expect(rejected()).toMatchObject([{ line: 'bad' }])
})

test('thousands of lines that became too old are set aside in a few pushes', async () => {
  await startLoki()
  const shipping = ship()
  const old = Array.from({ length: 5000 }, (_, i) => ({ ms: start - 400 * 3_600_000 + i, line: `old ${i}` }))

  shipping.accept(body([...old, ...numbered(0, 10)]))
  await shipping.drain(10_000)

  expect(await texts()).toEqual(expected(0, 10))
  expect(shipping.stats().lost.rejected).toBe(5000)
  expect(loki.answers.length).toBeLessThan(5)
})

test('a body above what Loki takes at once is divided until it passes', async () => {
  await startLoki({ realLoki: undefined, limits: { burstBytes: 4000, grpcBytes: 2000 } })
  const shipping = ship()

  shipping.accept(body(numbered(0, 300)))
  await shipping.drain(10_000)

  expect(await texts()).toEqual(expected(0, 300))
  expect(loki.answers).toContain(429)
  expect(loki.answers).toContain(500)
})

test('a proxy that answers 413 makes bodies smaller at once', async () => {
  await startLoki()
  const shipping = ship()
  loki.mood = { status: 413 }

  shipping.accept(body([...numbered(0, 3)]))
  await shipping.drain(10_000)

  expect(loki.answers).toHaveLength(5) // 3 lines, then 2, 1, 1, and 1
  expect(shipping.stats().lost.rejected).toBe(3)
})

test('a stream beyond the limit goes aside, the known ones go on', async () => {
  await startLoki({ realLoki: undefined, limits: { maxStreams: 2 } })
  const shipping = ship()

  shipping.accept(body([{ event: 'a' }, { event: 'b' }]))
  await shipping.drain(10_000)
  shipping.accept(body([{ event: 'a', line: 'y' }, { event: 'c' }, { event: 'c' }, { event: 'b', line: 'y' }]))
  await shipping.drain(10_000)

  expect((await loki.lines(env)).map(({ labels, line }) => labels.event + line)).toEqual(['ax', 'bx', 'ay', 'by'])
  expect(shipping.stats().lost).toMatchObject({ stream_limit: 2, rejected: 0 })
  expect(rejected().map(({ stream }) => stream.event)).toEqual(['c', 'c'])
})

test('what the bound cuts off is the oldest, and it is counted', async () => {
  await startLoki()
  await loki.kill()
  const shipping = ship({ spoolBytes: 3000 })

  for (let i = 0; i < 2000; i += 20) shipping.accept(body(numbered(i, i + 20)))
  const { waiting, lost } = shipping.stats()
  await loki.start()
  await shipping.drain(10_000)

  expect(waiting.bytes).toBeLessThanOrEqual(3000)
  expect(lost.spool_full).toBe(2000 - waiting.lines)
  expect(waiting.lines).toBeGreaterThan(20)
  // The first batch was on its way already, so the bound spared it.
  expect(await texts()).toEqual([...expected(0, 20), ...expected(2020 - waiting.lines, 2000)])
})

test('without a disk lines wait in memory', async () => {
  await startLoki()
  const file = join(directory, 'file')
  writeFileSync(file, '')
  await loki.kill()
  const shipping = ship({ directory: join(file, 'below') })

  shipping.accept(body(numbered(0, 50)))
  await loki.start()
  await shipping.drain(10_000)

  expect(await texts()).toEqual(expected(0, 50))
})

test('two instances with directories of their own do not touch each other', async () => {
  await startLoki()
  await loki.kill()
  const first = ship({ directory: join(directory, 'first') })
  const second = ship({ directory: join(directory, 'second') })

  first.accept(body(numbered(0, 10)))
  second.accept(body(numbered(10, 20)))
  first.stop()
  await loki.start()
  await second.drain(10_000)

  expect(await texts()).toEqual(expected(10, 20))
})

test('credentials in the address become a header', async () => {
  await startLoki()
  const shipping = ship({ url: loki.url.replace('://', '://user:p%40ss@') })

  shipping.accept(body([{}]))
  await shipping.drain(10_000)

  expect(loki.authorizations).toEqual([`Basic ${Buffer.from('user:p@ss').toString('base64')}`])
})

test('drain comes back when Loki hangs, and the lines stay on disk', async () => {
  await startLoki()
  loki.mood = 'hang'
  const shipping = ship()

  shipping.accept(body(numbered(0, 10)))
  await shipping.drain(20)

  expect(shipping.stats().waiting.lines).toBe(10)
  expect(spooledFiles()).toHaveLength(1)
})
