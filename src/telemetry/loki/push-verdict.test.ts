import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judge, type PushResult } from './push-verdict.ts'

/** The fate of the pushed lines. */
const fateOf = ({ outcome }: PushResult): 'delivered' | 'line rejected' | 'wait' => {
  if (outcome === 'ok') return 'delivered'
  return outcome === 'rejected' ? 'line rejected' : 'wait'
}

const stream = `{env="prod", event="tool_call", level="info", service_name="vkusvill-bot"}`
const entryRejections = [
  `entry with timestamp 2026-11-26 09:00:00 +0000 UTC ignored, reason: 'entry out of order',\nuser 'fake', total ignored: 1 out of 2 for stream: ${stream}`,
  `rpc error: code = Code(400) desc = entry with timestamp 2026-11-26 07:00:00 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: 2026-11-26T07:00:00Z, oldest acceptable timestamp is: 2026-11-26T08:00:00Z',\nuser 'fake', total ignored: 1 out of 1 for stream: ${stream}`,
  `entry for stream '${stream}' has timestamp too old: 2026-11-01T00:00:00Z, oldest acceptable timestamp is: 2026-11-19T09:00:00Z`,
  `2 errors like: entry for stream '${stream}' has timestamp too new: 2026-12-26T09:00:00Z`,
  `Max entry size '262144' bytes exceeded for stream '${stream}' while adding an entry with length '300000' bytes`,
  `max entry size '262144' bytes exceeded for stream '${stream}' while adding an entry with length '300000' bytes`,
  `entry for stream '${stream}' has 16 label names; limit 15`,
  `stream '${stream}' has label name too long: 'x'`,
  `stream '${stream}' has label value too long: 'x'`,
  `stream '${stream}' has duplicate label name: 'env'`,
  `error parsing labels '{a.b="1"}' with error: parse error`,
  `couldn't parse labels: 1:3: parse error: unexpected character: '.'`,
  `error at least one label pair is required per stream`,
  `stream '${stream}' includes structured metadata, but this feature is disallowed. Please see ...`,
  `stream '${stream}' has structured metadata too large: '20000' bytes, limit: '16384' bytes.`,
  `stream '${stream}' has too many structured metadata labels: '40', limit: '32'.`,
]
const otherBodies = [
  '',
  'no org id',
  'gzip: invalid header',
  `ingestion blocked for user 'fake' until '2027-01-01T00:00:00Z' with status code '400'`,
  `ingestion rate limit exceeded for user fake (limit: 4194304 bytes/sec) while attempting to ingest '1' lines totaling '9' bytes`,
  `maximum active stream limit exceeded when trying to create stream ${stream}`,
  `missing required labels 'team' for user 'fake' for stream '${stream}' (policy: '')`,
  'error at least one valid stream is required for ingestion',
  'Bad Request',
  '<html><head><title>400 Bad Request</title></head></html>',
  '<html><form action=/login>',
  '{"status":"error","message":"bad data"}',
  'null',
]
const contentTypes = [
  null,
  '',
  'text/plain',
  'text/plain; charset=utf-8',
  'TEXT/PLAIN;charset=UTF-8',
  'text/html',
  'text/html; charset=utf-8',
  'application/xhtml+xml',
  'application/json',
  'application/octet-stream',
  'nonsense',
]

test('for every status, content type and body: 204 is delivery, 400 in plain text with Loki’s message about an entry rejects, else lines wait', () => {
  const plain = new Set<string | null>([
    null,
    '',
    'text/plain',
    'text/plain; charset=utf-8',
    'TEXT/PLAIN;charset=UTF-8',
  ])
  const wrong: string[] = []
  for (let status = 100; status <= 599; status++) {
    for (const contentType of contentTypes) {
      for (const body of [...entryRejections, ...otherBodies]) {
        const rejects = status === 400 && plain.has(contentType) && entryRejections.includes(body)
        const fate = status === 204 ? 'delivered' : rejects ? 'line rejected' : 'wait'

        const found = fateOf(judge({ status, contentType, body, retryAfter: null }))
        if (found !== fate) wrong.push(`${status} ${contentType} ${body}: ${found}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('no text of another program delivers or rejects a line', () => {
  const answer = fc.record({
    status: fc.integer({ min: 100, max: 599 }).filter(status => status !== 204),
    contentType: fc.option(fc.oneof(fc.constantFrom(...contentTypes.filter(type => type !== null)), fc.string())),
    retryAfter: fc.option(fc.string()),
    body: fc.oneof(fc.string(), fc.constantFrom(...otherBodies), fc.json()),
  })

  fc.assert(fc.property(answer, given => fateOf(judge(given)) === 'wait'))
})

test('only a rejection has the oldest acceptable time', () => {
  const [, behind = ''] = entryRejections

  expect(judge({ status: 400, contentType: 'text/plain', retryAfter: null, body: behind }).acceptableSinceMs).toBe(
    Date.parse('2026-11-26T08:00:00Z'),
  )
  expect(
    judge({ status: 503, contentType: 'text/plain', retryAfter: null, body: behind }).acceptableSinceMs,
  ).toBeUndefined()
})

test.each([
  ['3', 3_000],
  ['0', 0],
  ['999999', 300_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('Retry-After: %s', (retryAfter, ms) => {
  expect(judge({ status: 429, contentType: null, retryAfter, body: '' }).retryAfterMs).toBe(ms)
})
