import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogger } from '../logger.ts'
import { createRegistry } from '../registry.ts'
import { openLocalLog } from './local-log.ts'
import { localLogDirectory } from './local-log-files.ts'

const dayMs = 24 * 3_600_000
const line = (text: string) => `${JSON.stringify({ text })}\n`

function setup({ maxBytes = 1_000_000, dataDir = mkdtempSync(join(tmpdir(), 'local-log-')) } = {}) {
  const failures: unknown[] = []
  let ms = Date.UTC(2026, 0, 10)
  const open = () =>
    openLocalLog({ dataDir, maxBytes, now: () => new Date(ms), onFailure: err => void failures.push(err) })
  const directory = localLogDirectory(dataDir)
  const files = () => readdirSync(directory).sort()
  const read = () => files().flatMap(name => readFileSync(join(directory, name), 'utf8').split('\n'))
  return {
    open,
    failures,
    directory,
    dataDir,
    files,
    texts: () => read().flatMap(text => (text === '' ? [] : [JSON.parse(text).text])),
    bytes: () => files().reduce((sum, name) => sum + statSync(join(directory, name)).size, 0),
    wait: (days: number) => {
      ms += days * dayMs
    },
  }
}

test('lines are on disk after a flush, in order, and a restart goes on in the same file', async () => {
  const { open, texts, files } = setup()
  const first = open()
  for (const text of ['1', '2', '3']) first.write(line(text))
  await first.flush()
  expect(texts()).toEqual(['1', '2', '3'])
  await first.close()

  const second = open()
  second.write(line('4'))
  await second.close()

  expect(texts()).toEqual(['1', '2', '3', '4'])
  expect(files()).toHaveLength(1)
})

test('half a line of a killed process spoils no line after it', async () => {
  const { open, files, directory } = setup()
  const killed = open()
  killed.write(line('whole'))
  await killed.close()
  appendFileSync(join(directory, files()[0] ?? ''), '{"text":"ha')

  const next = open()
  next.write(line('after'))
  await next.close()

  const lines = readFileSync(join(directory, files()[0] ?? ''), 'utf8').split('\n')
  expect(lines).toContain(line('after').trim())
})

test('all files together stay within the bound, and the newest lines are among them', async () => {
  const { open, texts, bytes, wait } = setup({ maxBytes: 16_000 })
  const log = open()

  for (let i = 0; i < 1000; i++) {
    log.write(line(`number ${i} ${'x'.repeat(80)}`))
    if (i % 5 === 0) await log.flush()
    wait(1e-5)
  }
  await log.close()

  expect(bytes()).toBeLessThanOrEqual(16_000)
  expect(bytes()).toBeGreaterThan(12_000)
  expect(texts().at(-1)).toMatch(/^number 999 /)
})

test('a line is deleted before it is 30 days old, by a running process and by the next one', async () => {
  const { open, texts, wait } = setup()
  const log = open()
  for (const text of ['day 0', 'day 15', 'day 29.5']) {
    log.write(line(text))
    await log.flush()
    wait(text === 'day 0' ? 15 : 14.5)
  }
  expect(texts()).toEqual(['day 15', 'day 29.5'])
  await log.close()

  wait(30)
  await open().close()

  expect(texts()).toEqual([])
})

test('a deleted directory is made again; one that cannot be made is reported once and keeps nothing waiting', async () => {
  const deleted = setup()
  const log = deleted.open()
  log.write(line('1'))
  await log.flush()
  rmSync(deleted.directory, { recursive: true })
  log.write(line('2'))
  await log.close()
  expect(deleted.texts()).toEqual(['2'])

  const blocked = setup()
  writeFileSync(join(blocked.dataDir, 'logs'), 'a file in its place')
  const other = blocked.open()
  for (const text of ['1', '2']) {
    other.write(line(text))
    await other.flush()
  }
  await other.close()
  expect(blocked.failures).toHaveLength(1)
})

test('the logger keeps its lines here only where there is no Loki, with pseudonyms in place of users', async () => {
  const { texts: _texts, dataDir, directory } = setup()
  const logger = createLogger({
    level: 'info',
    env: 'test',
    dataDir,
    spoolBytes: 0,
    localBytes: 1_000_000,
    register: createRegistry({ serviceName: 'vkusvill-bot', env: 'test' }),
    output: { write: () => undefined },
  })

  logger.log.info('admin_action', { command: 'admin_block', target_user_id: 700_123_456, outcome: 'done' })
  await logger.close()

  const text = readFileSync(join(directory, readdirSync(directory)[0] ?? ''), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ event: 'admin_action', target_user_id: expect.stringMatching(/^\w{16}$/) })
  expect(text).not.toContain('700123456')
})
