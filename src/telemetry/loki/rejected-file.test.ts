import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRejectedFile } from './rejected-file.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rejected-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const batch = (line: string) => [{ stream: { event: 'a' }, values: [['1', line]] as [string, string][] }]

test('rejected lines are stored with their reason', () => {
  const file = createRejectedFile(join(directory, 'below', 'rejected.ndjson'), 10_000)

  file.add(batch('x'), 'too old')
  file.add(batch('y'), 'too new')

  const kept = readFileSync(join(directory, 'below', 'rejected.ndjson'), 'utf8')
    .trim()
    .split('\n')
  expect(kept.map(line => JSON.parse(line))).toEqual([
    { reason: 'too old', stream: { event: 'a' }, ns: '1', line: 'x' },
    { reason: 'too new', stream: { event: 'a' }, ns: '1', line: 'y' },
  ])
})

test('the files never exceed twice the bound, and contain the newest lines', () => {
  const file = createRejectedFile(join(directory, 'rejected.ndjson'), 1000)

  for (let i = 0; i < 100; i++) file.add(batch(`line ${i}`), 'too old')

  expect(readdirSync(directory)).toEqual(['rejected.ndjson', 'rejected.ndjson.1'])
  for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(1000)
  expect(readFileSync(join(directory, 'rejected.ndjson'), 'utf8')).toContain('line 99')
})

test('a failing disk does not throw', () => {
  writeFileSync(join(directory, 'file'), '')
  const file = createRejectedFile(join(directory, 'file', 'rejected.ndjson'), 1000)

  expect(() => file.add(batch('x'), 'too old')).not.toThrow()
})
