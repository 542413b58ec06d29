import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const src = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  name => name.endsWith('.sql') || name.endsWith('-store.ts'),
)

/** It crashes a cluster spread by user id; trim_array() does not, and costs the same (docs/decisions/0010-no-database-cluster.md). */
const slice = /\[\s*\d+\s*:\s*\d*\s*\]/

test('no statement takes a slice of an array', () => {
  const found = files.filter(name => slice.test(readFileSync(join(src, name), 'utf8')))

  expect(files.length).toBeGreaterThan(100)
  expect(found).toEqual([])
  expect(slice.test('set last_ids = (array[1] || last_ids)[1:20]')).toBe(true)
})
