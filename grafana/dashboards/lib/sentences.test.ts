import { expect, test } from 'vitest'
import { logCatalogue } from '../../../src/telemetry/log-catalogue.ts'
import { asSentences } from './sentences.ts'

const query = asSentences('{service_name="vkusvill-bot"}')
const actions = [...query.matchAll(/\{\{ (.*?) \}\}/g)].map(([, action = '']) => action)

test('a query keeps its lines and writes each as a sentence', () => {
  expect(query).toMatch(/^\{service_name="vkusvill-bot"\} \| json \| line_format `[^`]+`$/)
})

test('every action of the template is one that Go knows, and every block ends', () => {
  for (const action of actions)
    expect(action).toMatch(/^(with \.\w+|if (eq|ne) \. "[^"]*"|else( if eq \. "[^"]*")?|\.|end)$/)
  const depths = actions.map(action => (/^(with|if)/.test(action) ? 1 : action === 'end' ? -1 : 0))
  let depth = 0
  for (const step of depths) {
    depth += step
    expect(depth).toBeGreaterThanOrEqual(0)
  }
  expect(depth).toBe(0)
})

test('every event of the catalogue has its name', () => {
  for (const event of Object.keys(logCatalogue))
    expect(actions).toContainEqual(expect.stringContaining(`eq . "${event}"`))
})

test('the link of the data source finds the code at the end of a sentence', () => {
  expect(query).toContain('{{ with .request_id }} · код {{ . }}{{ end }}`')
})
