import { expect, test } from 'vitest'
import { requestChart } from '../../analytics/charts/request-chart.ts'
import { composeStory } from '../../analytics/requests/story.ts'
import { logCatalogue } from '../../telemetry/log-catalogue.ts'
import { readLogRecord } from '../../telemetry/log-record.ts'
import { plainText } from '../html.ts'
import { requestBlock } from './request-block.ts'

const id = 'AAAAAAAAAAA1'
const setting = { timeZone: 'Europe/Moscow', grafanaUrl: 'https://grafana.example.org' }
const sources = { lines: [], rows: true }
const hostile = 'молоко для Анны, +7 905 123-45-67 <script>alert("злой")</script> {{x}}'

test('no text from a log line or an event gets into the answer, in whatever field it stands', () => {
  const fields = [...new Set(Object.values(logCatalogue).flatMap(event => [...event.fields]))]
  const everywhere = { ...Object.fromEntries(fields.map(field => [field, hostile])), msg: hostile, extra: hostile }
  const err = { type: hostile, message: hostile, code: hostile, cause: { message: hostile } }
  const records = Object.keys(logCatalogue).flatMap((event, i) => {
    const line = { ...everywhere, err, time: i, event, request_id: id }
    return readLogRecord(JSON.stringify(line)) ?? []
  })
  const metadata = new Proxy<Record<string, unknown>>({}, { get: () => hostile })
  const events = ['bot_start', 'cart_created', 'product_search', 'bot_error', 'survey_completed', hostile].map(
    (type, i) => ({
      ...{ id: String(i), requestId: id, userId: 7, type, at: new Date(0), metadata },
    }),
  )
  expect(records).toHaveLength(Object.keys(logCatalogue).length)

  const story = composeStory(id, records, events)
  const text = plainText(requestBlock(story, sources, setting)) + requestChart(story, 'Запрос')

  expect(text).toContain(id)
  expect(text).not.toMatch(/Анн|905|script|злой|молоко|\{\{/)
})

test('what is missing is stated, with why', () => {
  const record = readLogRecord(
    JSON.stringify({ time: 0, event: 'update_handled', request_id: id, outcome: 'answered' }),
  )
  const textOf = (records: number, given: Parameters<typeof requestBlock>[1]) =>
    plainText(requestBlock(composeStory(id, record === null ? [] : [record].slice(0, records), []), given, setting))

  expect(textOf(1, sources)).not.toMatch(/⚠️|Строк лога нет/)
  expect(textOf(0, sources)).toContain('Строк лога нет')
  expect(textOf(0, { lines: [{ name: 'loki', state: 'failed' }], rows: false })).toContain(
    '⚠️ Не ответили: Loki, PostgreSQL',
  )
  expect(textOf(1, { lines: [{ name: 'loki', state: 'cut' }], rows: true })).toContain('прочитаны не все')
})
