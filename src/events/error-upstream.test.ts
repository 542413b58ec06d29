import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { errorMessage, McpError, RateLimitError, TimeoutError, type Upstream, UpstreamError } from '../errors.ts'

const upstreams = Object.keys({
  telegram: 0,
  gigachat: 0,
  openai: 0,
  shop: 0,
  postgres: 0,
  redis: 0,
  loki: 0,
  prometheus: 0,
} satisfies Record<Upstream, 0>) as Upstream[]

test('the stored message of every error of a service names it, of any other error it names none', async () => {
  const { sql } = await createTestDatabase()
  const errors: [unknown, string][] = [
    ...upstreams.flatMap(upstream =>
      [
        new RateLimitError(upstream, 'slow down'),
        new TimeoutError(upstream, 20),
        new UpstreamError(upstream, 500, 'failed', true),
        new UpstreamError(upstream, null, 'no connection: gigachat: shop: '.repeat(20), true),
      ].map((err): [unknown, string] => [err, upstream]),
    ),
    [new McpError('not_found', 'no such product', false), 'shop'],
    [new TypeError('gigachat: a bug that only sounds like it'), 'bot'],
    ['text', 'bot'],
  ]

  const found = await sql<{ upstream: string }>(
    `select error_upstream(jsonb_build_object('error_message', m)) as upstream
     from unnest($1::text[]) with ordinality as given (m, place) order by place`,
    [errors.map(([err]) => errorMessage(err))],
  )

  expect(found.map(({ upstream }) => upstream)).toEqual(errors.map(([, upstream]) => upstream))
})
