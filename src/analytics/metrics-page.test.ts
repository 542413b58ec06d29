import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricsPage } from './metrics-page.ts'

test('docs/metrics.md is rendered from the dictionary', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')

  expect(page, 'run npm run docs:metrics').toBe(metricsPage())
})
