import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeLoki, type FakeLokiOptions, startFakeLoki } from '../testing/fake-loki.ts'
import type { LogLine } from './log-batch.ts'
import { createShipping, type Shipping, type ShippingOptions } from './shipping.ts'

const realLoki = process.env.LOKI_URL
let directory = ''
let env = ''
let loki: FakeLoki
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

async function startLoki(options: FakeLokiOptions = {}) {
  loki = await startFakeLoki({ realLoki, ...options })
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

const linesOf = (given: readonly Given[]): LogLine[] =>
  given.map(({ ms = start, event = 'tool_call', line = 'x', labels = {} }) => ({
    labels: { level: 'info', service_name: 'vkusvill-bot', env, event, ...labels },
    ms,
    text: line,
  }))

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

  shipping.accept(linesOf(numbered(0, 30)))
  shipping.accept(linesOf([{ line: 'same' }, { line: 'same' }]))
  await shipping.drain(120_000)

  const lines = await loki.lines(env)
  expect(lines.filter(({ line }) => line === 'same')).toHaveLength(2)
  const others = lines.filter(({ line }) => line !== 'same')
  expect(others.map(({ line }) => line)).toEqual(expected(0, 30))
  expect(others.map(({ ns }) => Number(ns / 1_000_000n))).toEqual(numbered(0, 30).map(({ ms }) => ms))
  expect(shipping.stats()).toMatchObject({ sent: 32, waiting: { lines: 0, bytes: 0, oldestMs: null } })
  expect(spooledFiles()).toEqual([])
})

test('a set of lines that is accepted again after a kill arrives once', async () => {
  await startLoki()
  const same = linesOf([{ line: 'same' }, { line: 'same' }, { line: 'other' }])

  for (const sequence of [4, 5]) {
    const killed = ship()
    killed.accept(same, sequence)
    await killed.drain(120_000)
    killed.stop()
    const next = ship()
    next.accept(same, sequence)
    await next.drain(120_000)
  }

  expect((await texts()).sort()).toEqual(['other', 'other', 'same', 'same', 'same', 'same'])
})

test('while Loki is unavailable lines wait on disk, and arrive once and in order when it is back', async () => {
  await startLoki()
  const shipping = ship()
  shipping.accept(linesOf(numbered(0, 100)))
  await shipping.drain(120_000)

  await loki.kill()
  for (let i = 100; i < 2000; i += 50) shipping.accept(linesOf(numbered(i, i + 50)))
  await expect.poll(() => shipping.stats().pushes.unreachable).toBeGreaterThan(0)
  expect(shipping.stats().waiting).toMatchObject({ lines: 1900, oldestMs: start + 33 })
  await loki.start()
  for (let i = 2000; i < 2500; i += 50) shipping.accept(linesOf(numbered(i, i + 50)))
  await shipping.drain(120_000)

  expect(await texts()).toEqual(expected(0, 2500))
})

test.each(['cut', 'cut_after', 'hang'] as const)(
  'a push that ends in "%s" is repeated without doubling a line',
  async failure => {
    await startLoki()
    const shipping = ship({ pushTimeoutMs: 300 })
    loki.failure = failure

    shipping.accept(linesOf(numbered(0, 100)))
    await loki.until(() => loki.answers.length >= 2)
    loki.failure = 'none'
    shipping.accept(linesOf(numbered(100, 200)))
    await shipping.drain(120_000)

    expect(await texts()).toEqual(expected(0, 200))
    expect(shipping.stats().sent).toBe(200)
  },
)

const page = { text: '<html><form action=/login>entry out of order</form></html>', contentType: 'text/html' }

test.each([
  { status: 503 },
  { status: 500, text: 'oops' },
  { status: 429, text: 'rate limit', retryAfter: '0' },
  { status: 404 },
  { status: 401 },
  { status: 200, ...page },
  { status: 200, text: '{"status":"success"}', contentType: 'application/json' },
  { status: 202 },
  { status: 260, text: "ingestion blocked for user 'fake' until '2027-01-01T00:00:00Z' with status code '260'" },
  { status: 302, ...page },
  { status: 400, ...page },
  { status: 400, text: 'no org id' },
  { status: 400, text: '{"message":"entry out of order"}', contentType: 'application/json' },
  { status: 403, ...page },
  { status: 413, ...page },
  { status: 422, text: 'error at least one valid stream is required for ingestion' },
])('while the answer is $status $contentType nothing is given up and nothing counts as sent', async failure => {
  await startLoki()
  const shipping = ship()
  loki.failure = failure

  shipping.accept(linesOf(numbered(0, 100)))
  await loki.until(() => loki.answers.length >= 8)
  const { sent, refusals } = shipping.stats()
  loki.failure = 'none'
  await shipping.drain(120_000)

  expect(sent).toBe(0)
  expect(refusals).toMatchObject([{ status: failure.status }])
  expect(await texts()).toEqual(expected(0, 100))
  expect(shipping.stats()).toMatchObject({ sent: 100, lost: { rejected: 0 } })
  expect(rejected()).toEqual([])
})

test('what an earlier process left arrives first, with its own time', async () => {
  await startLoki()
  await loki.kill()
  const killed = ship()
  killed.accept(linesOf(numbered(0, 50)))
  killed.accept(linesOf(numbered(50, 100)))
  killed.stop()

  const next = ship()
  expect(next.stats().waiting).toMatchObject({ lines: 100, oldestMs: start })
  next.accept(linesOf(numbered(100, 150)), 2)
  await loki.start()
  await next.drain(120_000)

  expect(await texts()).toEqual(expected(0, 150))
  expect((await loki.lines(env)).map(({ ns }) => Number(ns / 1_000_000n))).toEqual(numbered(0, 150).map(({ ms }) => ms))
})

test('what was left is sent without a new line to wake it', async () => {
  await startLoki()
  await loki.kill()
  const killed = ship()
  killed.accept(linesOf(numbered(0, 50)))
  killed.stop()
  await loki.start()

  ship()

  await loki.until(async () => (await texts()).length === 50)
})

/** Lines 0 to 150 left in three files by a process that ended. */
async function leaveThreeFiles(): Promise<[string, string, string]> {
  await startLoki()
  await loki.kill()
  const killed = ship()
  for (let i = 0; i < 150; i += 50) killed.accept(linesOf(numbered(i, i + 50)))
  killed.stop()
  const [first, second, third] = spooledFiles().sort()
  if (first === undefined || second === undefined || third === undefined) throw new Error('three files were left')
  return [first, second, third]
}
const inSpool = (name: string) => join(directory, 'spool', name)
const quarantined = () => readdirSync(join(directory, 'quarantine'))

const damages: Array<[how: string, damage: (path: string) => void]> = [
  ['was deleted', path => rmSync(path)],
  ['holds no gzip', path => writeFileSync(path, 'no gzip')],
  ['is empty', path => writeFileSync(path, '')],
  ['was cut short', path => truncateSync(path, 100)],
  ...[
    'null',
    '[null]',
    '{}',
    '{"a":1}',
    '{"streams":[]}',
    '{"streams":[{"stream":{},"values":[["NaN","x"]]}]}',
    '[',
    '',
  ].map((text): [string, (path: string) => void] => [
    `holds ${text === '' ? 'nothing' : text}`,
    path => writeFileSync(path, gzipSync(text)),
  ]),
  [
    'is a directory',
    path => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
  [
    'is a broken link',
    path => {
      rmSync(path)
      symlinkSync('/nowhere', path)
    },
  ],
]

test.each(damages)(
  'a waiting spool file that %s is counted and quarantined, and the rest arrives',
  async (how, damage) => {
    const [, second] = await leaveThreeFiles()
    const next = ship()
    damage(inSpool(second))
    next.accept(linesOf(numbered(150, 200)))

    await loki.start()
    await next.drain(120_000)

    expect(await texts()).toEqual([...expected(0, 50), ...expected(100, 200)])
    expect(next.stats()).toMatchObject({ sent: 150, lost: { damaged: 50 }, waiting: { lines: 0 } })
    expect(spooledFiles()).toEqual([])
    if (how !== 'was deleted') expect(quarantined()).toEqual([second])
  },
)

test.each(damages.slice(1))('a file that %s when the process starts blocks nothing', async (_how, damage) => {
  const [first] = await leaveThreeFiles()
  damage(inSpool(first))

  const next = ship()
  await loki.start()
  await next.drain(120_000)

  expect(await texts()).toEqual(expected(50, 150))
  expect(next.stats().sent).toBe(100)
  expect(spooledFiles()).toEqual([])
})

test('what a kill left half written is quarantined and counted, what it left whole arrives', async () => {
  const [first, second] = await leaveThreeFiles()
  renameSync(inSpool(first), `${inSpool(first)}.tmp`)
  renameSync(inSpool(second), `${inSpool(second)}.tmp`)
  truncateSync(`${inSpool(second)}.tmp`, 100)

  const next = ship()
  await loki.start()
  await next.drain(120_000)

  expect(await texts()).toEqual([...expected(0, 50), ...expected(100, 150)])
  expect(next.stats().lost.damaged).toBe(50)
  expect(spooledFiles()).toEqual([])
  expect(quarantined()).toEqual([`${second}.tmp`])
})

test('files of other names are taken for what they hold', async () => {
  const [first] = await leaveThreeFiles()
  renameSync(inSpool(first), inSpool('put-back.json.gz'))
  writeFileSync(inSpool('notes.txt'), 'x')
  mkdirSync(inSpool('folder'))

  const next = ship()
  await loki.start()
  await next.drain(120_000)

  expect(new Set(await texts())).toEqual(new Set(expected(0, 150)))
  expect(next.stats()).toMatchObject({ sent: 150, lost: { damaged: 2 } })
  expect(quarantined().sort()).toEqual(['folder', 'notes.txt'])
})

test('only the lines that Loki rejects are lost, and are dead-lettered with its reason', async () => {
  await startLoki()
  const shipping = ship()
  const tooLong = realLoki === undefined ? [{ ms: start, line: 'long '.repeat(60_000) }] : [] // a real Loki is configured to truncate them
  const poison: Given[] = [
    ...tooLong,
    { ms: start - 300 * 3_600_000, line: 'old' },
    { ms: start + 3 * 3_600_000, line: 'from the future' },
  ]

  shipping.accept(linesOf([...numbered(0, 40), ...poison, ...numbered(40, 80)]))
  shipping.accept(linesOf(numbered(80, 120)))
  await shipping.drain(120_000)

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

  shipping.accept(linesOf([...numbered(0, 10), { line: 'bad', labels: { 'chat.id': '1' } }, ...numbered(10, 20)]))
  await shipping.drain(120_000)

  expect(await texts()).toEqual(expected(0, 20))
  expect(rejected()).toMatchObject([{ line: 'bad' }])
})

test('thousands of lines that became too old are dead-lettered in a few pushes', async () => {
  await startLoki()
  const shipping = ship()
  const old = Array.from({ length: 5000 }, (_, i) => ({ ms: start - 400 * 3_600_000 + i, line: `old ${i}` }))

  shipping.accept(linesOf([...old, ...numbered(0, 10)]))
  await shipping.drain(120_000)

  expect(await texts()).toEqual(expected(0, 10))
  expect(shipping.stats().lost.rejected).toBe(5000)
  expect(loki.answers.length).toBeLessThan(5)
})

test('a body above the limit of a push is divided until it passes', async () => {
  await startLoki({ realLoki: undefined, limits: { burstBytes: 4000, grpcBytes: 2000 } })
  const shipping = ship()

  shipping.accept(linesOf(numbered(0, 300)))
  await shipping.drain(120_000)

  expect(await texts()).toEqual(expected(0, 300))
  expect(loki.answers).toContain(429)
  expect(loki.answers).toContain(500)
})

test('a proxy that answers 413 makes bodies smaller immediately, without loss', async () => {
  await startLoki()
  const shipping = ship()
  loki.failure = { status: 413 }

  shipping.accept(linesOf([...numbered(0, 3)]))
  await loki.until(() => loki.answers.length >= 5)
  loki.failure = 'none'
  await shipping.drain(120_000)

  expect(await texts()).toEqual(expected(0, 3))
  expect(shipping.stats().lost.rejected).toBe(0)
})

test('a stream beyond the limit goes aside, the known ones go on', async () => {
  await startLoki({ realLoki: undefined, limits: { maxStreams: 2 } })
  const shipping = ship()

  shipping.accept(linesOf([{ event: 'a' }, { event: 'b' }]))
  await shipping.drain(120_000)
  shipping.accept(linesOf([{ event: 'a', line: 'y' }, { event: 'c' }, { event: 'c' }, { event: 'b', line: 'y' }]))
  await shipping.drain(120_000)

  expect((await loki.lines(env)).map(({ labels, line }) => labels.event + line)).toEqual(['ax', 'bx', 'ay', 'by'])
  expect(shipping.stats().lost).toMatchObject({ stream_limit: 2, rejected: 0 })
  expect(rejected().map(({ stream }) => stream.event)).toEqual(['c', 'c'])
})

test('what the bound cuts off is the oldest, and it is counted', async () => {
  await startLoki()
  await loki.kill()
  const shipping = ship({ spoolBytes: 3000 })

  for (let i = 0; i < 2000; i += 20) shipping.accept(linesOf(numbered(i, i + 20)))
  const { waiting, lost } = shipping.stats()
  await loki.start()
  await shipping.drain(120_000)

  expect(waiting.bytes).toBeLessThanOrEqual(3000)
  expect(lost.spool_full).toBe(2000 - waiting.lines)
  expect(waiting.lines).toBeGreaterThan(20)
  // the first batch was in flight already, so the bound did not drop it
  expect(await texts()).toEqual([...expected(0, 20), ...expected(2020 - waiting.lines, 2000)])
})

test('a backlog of small batches is caught up with in full pushes, each line once and in order', async () => {
  await startLoki()
  await loki.kill()
  const shipping = ship()
  for (let i = 0; i < 600; i += 2) shipping.accept(linesOf(numbered(i, i + 2)))
  await loki.start()
  await shipping.drain(120_000)

  // the oldest batch alone, since Loki was unavailable, then all that waited
  expect(shipping.stats().pushes.ok).toBeLessThanOrEqual(3)
  expect(shipping.stats()).toMatchObject({ sent: 600, waiting: { lines: 0, bytes: 0 } })
  expect(await texts()).toEqual(expected(0, 600))
  expect(spooledFiles()).toEqual([])
})

test('no push of joined batches is larger than a batch may be', async () => {
  await startLoki()
  await loki.kill()
  const killed = ship()
  const long = (i: number) => linesOf([{ ms: start + i, line: `${i} ${'y'.repeat(300)}` }])
  for (let i = 0; i < 100; i++) killed.accept(long(i))
  killed.stop()
  await loki.start()

  const next = ship({ batchBytes: 2000 })
  await next.drain(120_000)

  // 300 bytes of line, some 170 of labels and time: four to a push
  expect(next.stats().pushes.ok).toBeGreaterThanOrEqual(20)
  expect(next.stats().pushes.ok).toBeLessThanOrEqual(34)
  expect(await texts()).toHaveLength(100)
})

test('a line that Loki refuses is all that is lost of the batches it was joined with', async () => {
  await startLoki()
  await loki.kill()
  const killed = ship()
  killed.accept(linesOf(numbered(0, 21)))
  killed.accept(linesOf([{ ms: Date.now() - 200 * 3_600_000, event: 'llm_usage', line: 'too old' }]))
  killed.accept(linesOf(numbered(21, 42)))
  killed.stop()
  await loki.start()

  const next = ship()
  await next.drain(120_000)

  expect(await texts()).toEqual(expected(0, 42))
  expect(next.stats()).toMatchObject({ sent: 42, lost: { rejected: 1 }, waiting: { lines: 0 } })
  expect(JSON.stringify(rejected())).toContain('too old')
})

test('batches that were joined in vain are not spared by the bound', async () => {
  await startLoki()
  await loki.kill()
  const killed = ship()
  for (let i = 0; i < 60; i += 20) killed.accept(linesOf(numbered(i, i + 20)))
  killed.stop()

  const next = ship({ spoolBytes: 3000 })
  await expect.poll(() => next.stats().pushes.unreachable).toBeGreaterThan(1)
  for (let i = 60; i < 2000; i += 20) next.accept(linesOf(numbered(i, i + 20)))
  const { waiting } = next.stats()
  await loki.start()
  await next.drain(120_000)

  expect(await texts()).toEqual([...expected(0, 20), ...expected(2020 - waiting.lines, 2000)])
})

test('without a disk lines wait in memory', async () => {
  await startLoki()
  const file = join(directory, 'file')
  writeFileSync(file, '')
  await loki.kill()
  const shipping = ship({ directory: join(file, 'below') })

  shipping.accept(linesOf(numbered(0, 50)))
  await loki.start()
  await shipping.drain(120_000)

  expect(await texts()).toEqual(expected(0, 50))
})

test('two instances with directories of their own do not touch each other', async () => {
  await startLoki()
  await loki.kill()
  const first = ship({ directory: join(directory, 'first') })
  const second = ship({ directory: join(directory, 'second') })

  first.accept(linesOf(numbered(0, 10)))
  second.accept(linesOf(numbered(10, 20)))
  first.stop()
  await loki.start()
  await second.drain(120_000)

  expect(await texts()).toEqual(expected(10, 20))
})

test('credentials in the address become a header', async () => {
  await startLoki()
  const shipping = ship({ url: loki.url.replace('://', '://user:p%40ss@') })

  shipping.accept(linesOf([{}]))
  await shipping.drain(120_000)

  expect(loki.authorizations).toEqual([`Basic ${Buffer.from('user:p@ss').toString('base64')}`])
})

test('drain comes back when Loki hangs, and the lines stay on disk', async () => {
  await startLoki()
  loki.failure = 'hang'
  const shipping = ship()

  shipping.accept(linesOf(numbered(0, 10)))
  await shipping.drain(20)

  expect(shipping.stats().waiting.lines).toBe(10)
  expect(spooledFiles()).toHaveLength(1)
})
