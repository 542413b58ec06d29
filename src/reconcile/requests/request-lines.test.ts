import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createTestRegistry } from '../../../test/support/metrics.ts'
import { localLogDirectory } from '../../telemetry/local-log/local-log-files.ts'
import { logSpoolDirectory } from '../../telemetry/loki/shipping.ts'
import { checkLogql } from '../../telemetry/testing/check-logql.ts'
import { createQueryMetrics } from '../query-client.ts'
import { requestLinesQuery } from './loki-lines.ts'
import { openRequestLines } from './open-request-lines.ts'

const now = new Date('2026-11-26T12:00:00Z')
const line = (request_id: string, time: number) => JSON.stringify({ level: 30, time, event: 'tool_call', request_id })

function setup(lokiUrl?: string) {
  const dataDirs = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'request-lines-')))
  let flushed = 0
  const lines = openRequestLines({
    settings: { env: 'test', lokiUrl },
    dataDirs: () => dataDirs,
    metrics: createQueryMetrics(createTestRegistry()),
    now: () => now,
    flush: async () => void flushed++,
  })
  const write = (directory: string, name: string, content: string | Buffer) => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, name), content)
  }
  return { lines, write, dataDirs: [dataDirs[0] ?? '', dataDirs[1] ?? ''] as const, flushes: () => flushed }
}

test('the query for lines is LogQL, whatever the name of the environment', () => {
  expect(checkLogql(requestLinesQuery('pro"duction', '"request_id":"AAAA'))).toEqual([])
})

test('lines of all local logs of this machine are found, in the order of their time, half lines and others left out', async () => {
  const { lines, write, dataDirs, flushes } = setup()
  const [one, other] = dataDirs
  const older = [line('AAAA00000001', 1), line('BBBB00000001', 2), line('AAAA00000002', 5)].join('\n')
  write(localLogDirectory(one), '1763824000000.ndjson', `${older}\n{"level":30,"time":9,"request_id":"AAAA0000`)
  write(localLogDirectory(one), '1763824000001.ndjson', `\n${line('AAAA00000001', 6)}\n`)
  write(localLogDirectory(one), 'notes.txt', line('AAAA00000009', 7))
  write(localLogDirectory(other), '1763824000002.ndjson', `${line('AAAA00000001', 3)}\n`)

  const { records, sources } = await lines.find('request_id', 'AAAA', null)

  expect(records.map(({ requestId, atMs }) => [requestId, atMs])).toEqual([
    ['AAAA00000001', 1],
    ['AAAA00000001', 3],
    ['AAAA00000002', 5],
    ['AAAA00000001', 6],
  ])
  expect(sources).toEqual([{ name: 'local', state: 'read' }])
  expect(flushes()).toBe(1)
})

test('a directory that cannot be read is a source that failed', async () => {
  const { lines, write, dataDirs } = setup()
  write(join(dataDirs[0], 'logs'), 'local', 'a file in its place')

  expect((await lines.find('request_id', 'AAAA', null)).sources).toEqual([{ name: 'local', state: 'failed' }])
})

test('while Loki is down the lines that wait for it are found, a damaged batch costs only itself', async () => {
  const { lines, write, dataDirs } = setup('http://127.0.0.1:9')
  const batch = { streams: [{ stream: { event: 'tool_call' }, values: [['1', line('AAAA00000001', 1)]] }] }
  const directory = logSpoolDirectory(dataDirs[0])
  write(directory, '0000000000001-00000000-00000000-1.json.gz', gzipSync(JSON.stringify(batch)))
  write(directory, '0000000000002-00000000-00000000-1.json.gz', 'not gzip')

  const { records, sources } = await lines.find('request_id', 'AAAA', null)

  expect(records).toHaveLength(1)
  expect(sources).toEqual([
    { name: 'loki', state: 'failed' },
    { name: 'spool', state: 'read' },
  ])
})
