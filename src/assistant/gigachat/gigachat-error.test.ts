import { describe, expect, test } from 'vitest'
import { type Behaviour, replyHtml, replyJson } from '../../../test/support/hostile-server.ts'
import { metricValue } from '../../../test/support/metrics.ts'
import { UpstreamError } from '../../errors.ts'
import { failureReason, isOutOfTokens } from '../model/model-error.ts'
import { chats, failure, request, secret, sent, setup } from './testing/client-setup.ts'

describe('statuses that repeating does not change', () => {
  const bodies = (status: number): [string, Behaviour][] => [
    ['JSON', replyJson(status, { status, message: `Invalid params: ${secret}` })],
    ['HTML', replyHtml(status)],
  ]
  const cases = (
    [
      [302, 'bad_request'],
      [400, 'bad_request'],
      [402, 'payment'],
      [403, 'auth'],
      [404, 'bad_request'],
      [413, 'bad_request'],
      [418, 'bad_request'],
      [422, 'bad_request'],
      [501, 'server'],
    ] as const
  ).flatMap(([status, reason]) => bodies(status).map(([kind, behaviour]) => ({ status, reason, kind, behaviour })))

  test.each(cases)(
    '$status with a body of $kind is thrown immediately as $reason',
    async ({ status, reason, behaviour }) => {
      const { client, server, register, slept } = await setup([behaviour])

      const err = await failure(client.chat(request))

      expect(err).toBeInstanceOf(UpstreamError)
      expect(err).toMatchObject({ status, retryable: false })
      expect(String(err)).not.toContain('Ленина')
      expect(failureReason(err)).toBe(reason)
      expect(chats(server)).toHaveLength(1)
      expect(slept).toEqual([])
      expect(await metricValue(register, 'bot_llm_failures_total', { reason })).toBe(1)
      expect(
        await metricValue(register, 'gen_ai_client_operation_duration_seconds_count', { error_type: reason }),
      ).toBe(1)
    },
  )

  test('used-up tokens can be distinguished from every other failure and call for the operator', async () => {
    const { client, lines } = await setup([replyJson(402, { status: 402, message: 'Payment Required' })])

    const err = await failure(client.chat(request))

    expect(isOutOfTokens(err)).toBe(true)
    expect(isOutOfTokens(new UpstreamError('gigachat', 500, 'service failed', true))).toBe(false)
    expect(lines).toMatchObject([{ level: 'error', event: 'upstream_failed', fields: { status: 402 } }])
  })

  test('a redirect is not followed: the token and the dialogue go nowhere else', async () => {
    const { client, server } = await setup([replyHtml(307, { location: '/elsewhere' })])

    const err = await failure(client.chat(request))

    expect(err).toMatchObject({ status: 307, retryable: false })
    expect(sent(server, '/elsewhere')).toEqual([])
  })
})
