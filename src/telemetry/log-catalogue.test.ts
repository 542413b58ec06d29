import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { logCatalogue } from './log-catalogue.ts'

const src = fileURLToPath(new URL('..', import.meta.url))

/** The events that production code gives to a method of a log, a choice between two included. */
function writtenEvents(): Set<string> {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    path => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('testing'),
  )
  const calls = files.flatMap(path => [
    ...readFileSync(join(src, path), 'utf8').matchAll(/\.(?:debug|info|warn|error|fatal)\(([^,]*),/g),
  ])
  return new Set(calls.flatMap(([, event = '']) => [...event.matchAll(/'(\w+)'/g)].map(([, name = '']) => name)))
}

test('every log event of the catalogue is written somewhere', () => {
  const written = writtenEvents()

  expect(Object.keys(logCatalogue).filter(event => !written.has(event))).toEqual([])
})

test('the events fit the closed list of the label', () => {
  expect(Object.keys(logCatalogue).length).toBeLessThanOrEqual(30)
})
