import { describe, expect, test } from 'vitest'
import {
  hang,
  hangInBody,
  replyHtml,
  replyJson,
  resetConnection,
  resetInBody,
} from '../../../test/support/hostile-server.ts'
import { metricValue } from '../../../test/support/metrics.ts'
import { RateLimitError, TimeoutError, UpstreamError } from '../../errors.ts'
import { chats, cleanups, failure, ok, request, setup, startOfTime } from '../gigachat/testing/client-setup.ts'
import { failureReason } from './model-error.ts'
import { withRetries } from './retry.ts'

describe('failures that pass', () => {
  const passing = [
    { name: '429', reason: 'rate_limit', behaviour: replyJson(429, { status: 429, message: 'Too Many Requests' }) },
    { name: '429 in HTML', reason: 'rate_limit', behaviour: replyHtml(429) },
    ...[500, 502, 503, 504].flatMap(status => [
      { name: `${status}`, reason: 'server', behaviour: replyJson(status, { status, message: 'x' }) },
      { name: `${status} in HTML`, reason: 'server', behaviour: replyHtml(status) },
    ]),
    { name: 'a reset connection', reason: 'network', behaviour: resetConnection },
    { name: 'a connection cut in the answer', reason: 'network', behaviour: resetInBody },
  ] as const

  test.each(passing)('$name is tried again and the answer given', async ({ reason, behaviour }) => {
    const { client, register, slept, lines } = await setup([behaviour, ok])

    const got = await client.chat({ ...request, functionName: 'recipe_ingredients' })

    expect(got.message.content).toBe('Готово')
    expect(slept).toEqual([1000])
    expect(await metricValue(register, 'bot_llm_retries_total', { reason })).toBe(1)
    expect(await metricValue(register, 'bot_llm_failures_total', { reason })).toBe(0)
    expect(lines).toMatchObject([
      {
        level: 'warn',
        event: 'upstream_retry',
        fields: { operation: 'recipe_ingredients', attempt: 1, delay_ms: 1000 },
      },
    ])
  })

  test.each(passing)(
    '$name for ever ends after four attempts, each wait twice as long',
    async ({ reason, behaviour }) => {
      const { client, server, slept, register } = await setup([behaviour])

      const err = await failure(client.chat(request))

      expect(err).toBeInstanceOf(reason === 'rate_limit' ? RateLimitError : UpstreamError)
      expect(failureReason(err)).toBe(reason)
      expect(chats(server)).toHaveLength(4)
      expect(slept).toEqual([1000, 2000, 4000])
      expect(await metricValue(register, 'bot_llm_failures_total', { reason })).toBe(1)
    },
  )

  test('waits are spread by a jitter of up to half a second', async () => {
    const { client, slept } = await setup([replyHtml(503), ok], { random: () => 0.999 })

    await client.chat(request)

    expect(slept).toEqual([1499])
  })

  test.each([
    ['429 with seconds', replyJson(429, {}, { 'retry-after': '7' }), 7000],
    [
      '429 with a date',
      replyJson(429, {}, { 'retry-after': new Date(startOfTime.getTime() + 9000).toUTCString() }),
      9000,
    ],
    ['503 with seconds', replyHtml(503, { 'retry-after': '5' }), 5000],
    ['429 with less than our own wait', replyJson(429, {}, { 'retry-after': '0' }), 1000],
    ['429 with something unreadable', replyJson(429, {}, { 'retry-after': 'soon' }), 1000],
  ])('Retry-After of %s is honoured', async (_, behaviour, expected) => {
    const { client, slept } = await setup([behaviour, ok])

    await client.chat(request)

    expect(slept).toEqual([expected])
  })

  test('a Retry-After longer than a user waits is handed on instead of waited for', async () => {
    const { client, slept } = await setup([replyJson(429, {}, { 'retry-after': '600' })])

    const err = await failure(client.chat(request))

    expect(err).toMatchObject({ name: 'RateLimitError', retryAfterMs: 600_000 })
    expect(slept).toEqual([])
  })

  test('a closed port: the failure is of the network', async () => {
    const { client, server } = await setup([ok])
    await client.chat(request)
    await server.close()
    cleanups.pop()

    const err = await failure(client.chat(request))

    expect(failureReason(err)).toBe('network')
  })

  test.each([
    ['no headers come', hang],
    ['the body does not end', hangInBody],
  ])('when %s the attempt is given up in time and not repeated', async (_, behaviour) => {
    const { client, server, register } = await setup([behaviour], { timeoutMs: 3_000 })

    const err = await failure(client.chat(request))

    expect(err).toBeInstanceOf(TimeoutError)
    expect(err).toMatchObject({ upstream: 'gigachat', message: expect.stringContaining('3000 ms') })
    expect(chats(server)).toHaveLength(1)
    expect(await metricValue(register, 'bot_llm_failures_total', { reason: 'timeout' })).toBe(1)
  })
})

test.each([
  ['one may, and one does', 1, 1, 'answer'],
  ['one may, and two do', 2, 1, 'TimeoutError'],
  ['none may, and one does', 1, undefined, 'TimeoutError'],
])(
  'attempts that run into their timeout are repeated as often as they may be: %s',
  async (_, hanging, may, outcome) => {
    const answers = [...Array.from({ length: hanging }, () => new TimeoutError('gigachat', 1)), 'answer']
    const work = async () => {
      const next = answers.shift()
      if (next instanceof Error) throw next
      return next
    }
    const options = {
      attempts: 4,
      longestWaitMs: 30_000,
      signal: undefined,
      timeoutsRepeated: may,
      onRetry: () => undefined,
    }

    const got = await withRetries(work, { sleep: async () => undefined, random: () => 0 }, options).catch(
      err => err.name,
    )

    expect(got).toBe(outcome)
  },
)
