import { describe, expect, test } from 'vitest'
import { type Behaviour, hang, replyHtml, replyJson, resetConnection } from '../../../test/support/hostile-server.ts'
import { metricValue } from '../../../test/support/metrics.ts'
import { failureReason } from '../model/model-error.ts'
import {
  chats,
  failure,
  gate,
  halfAnHour,
  ok,
  request,
  sent,
  setup,
  startOfTime,
  tokenFor,
} from './testing/client-setup.ts'

describe('the access token', () => {
  test('is asked for once by four first calls at a time', async () => {
    const { client, server, register } = await setup([ok])

    await Promise.all([1, 2, 3, 4].map(() => client.chat(request)))

    expect(sent(server, '/oauth')).toHaveLength(1)
    expect(chats(server)).toHaveLength(4)
    expect(await metricValue(register, 'bot_llm_auth_refreshes_total', { outcome: 'ok' })).toBe(1)
  })

  test.each([
    ['milliseconds', { access_token: 't', expires_at: startOfTime.getTime() + 60_000 }, 1],
    ['seconds', { access_token: 't', expires_at: startOfTime.getTime() / 1000 + 60 }, 1],
    ['seconds under its other names', { tok: 't', exp: startOfTime.getTime() / 1000 + 60 }, 1],
    ['milliseconds under its other names', { tok: 't', exp: startOfTime.getTime() + 60_000 }, 1],
    ['milliseconds, less than a minute ahead', { access_token: 't', expires_at: startOfTime.getTime() + 59_999 }, 2],
    ['seconds, less than a minute ahead', { tok: 't', exp: startOfTime.getTime() / 1000 + 59 }, 2],
  ])('with an expiry in %s serves or is renewed for the second call', async (_, token, requests) => {
    const { client, server } = await setup([ok], { oauth: [replyJson(200, token)] })

    await client.chat(request)
    await client.chat(request)

    expect(sent(server, '/oauth')).toHaveLength(requests)
    expect(new Set(sent(server, '/oauth').map(r => r.headers.rquid)).size).toBe(requests)
  })

  test('that is refused in the middle is replaced once and the call repeated', async () => {
    const { client, server, register } = await setup(
      [ok, replyJson(401, { status: 401, message: 'Unauthorized' }), ok],
      {
        oauth: [tokenFor(halfAnHour, 'token-1'), tokenFor(halfAnHour, 'token-2')],
      },
    )
    await client.chat(request)

    const got = await client.chat(request)

    expect(got.message.content).toBe('Готово')
    expect(chats(server).map(r => r.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
    ])
    expect(await metricValue(register, 'bot_llm_retries_total', { reason: 'auth' })).toBe(1)
  })

  test('refused to several calls concurrently is replaced once for all of them', async () => {
    const refuseTheFirst: Behaviour = (res, r) =>
      (r.headers.authorization === 'Bearer token-1' ? replyJson(401, {}) : ok)(res, r)
    const { client, server } = await setup([refuseTheFirst], {
      oauth: [tokenFor(halfAnHour, 'token-1'), tokenFor(halfAnHour, 'token-2')],
    })

    await Promise.all([1, 2, 3, 4].map(() => client.chat(request)))

    expect(sent(server, '/oauth')).toHaveLength(2)
  })

  test('refused again after its replacement ends the call', async () => {
    const { client, server, lines } = await setup([replyJson(401, {})])

    const err = await failure(client.chat(request))

    expect(err).toMatchObject({ status: 401, retryable: false })
    expect(failureReason(err)).toBe('auth')
    expect(chats(server)).toHaveLength(2)
    expect(lines.at(-1)).toMatchObject({ level: 'error', event: 'upstream_failed' })
  })

  test.each([400, 401, 403])(
    'that the service denies with %i fails the call immediately, naming the settings',
    async status => {
      const oauth = [replyJson(status, { code: 6, message: "credentials doesn't match db data" })]
      const { client, server, register } = await setup([ok], { oauth })

      const err = await failure(client.chat(request))

      expect(err).toMatchObject({ status, retryable: false, message: expect.stringContaining('GIGACHAT_CREDENTIALS') })
      expect(String(err)).not.toContain('aWQ6c2VjcmV0')
      expect(sent(server, '/oauth')).toHaveLength(1)
      expect(chats(server)).toHaveLength(0)
      expect(await metricValue(register, 'bot_llm_auth_refreshes_total', { outcome: 'refused' })).toBe(1)
      expect(await metricValue(register, 'bot_llm_failures_total', { reason: 'auth' })).toBe(1)
    },
  )

  test.each([
    ['429', replyJson(429, {})],
    ['500', replyJson(500, {})],
    ['a gateway page', replyHtml(502)],
    ['a reset', resetConnection],
  ])('is asked for again after %s', async (_, behaviour) => {
    const { client, slept } = await setup([ok], { oauth: [behaviour, tokenFor(halfAnHour)] })

    await client.chat(request)

    expect(slept).toEqual([1000])
  })

  test('that cannot be had is asked for four times in all, however many calls wait for it', async () => {
    const { client, server, register } = await setup([ok], { oauth: [replyHtml(503)] })

    const errors = await Promise.all([1, 2, 3].map(() => failure(client.chat(request))))

    expect(errors.map(failureReason)).toEqual(['server', 'server', 'server'])
    expect(sent(server, '/oauth')).toHaveLength(4)
    expect(await metricValue(register, 'bot_llm_auth_refreshes_total', { outcome: 'failed' })).toBe(1)
  })

  test('whose request hangs is asked for a second time, not a third', async () => {
    const { client, server, register, slept } = await setup([ok], { oauth: [hang], tokenTimeoutMs: 3_000 })

    const err = await failure(client.chat(request))

    expect(failureReason(err)).toBe('timeout')
    expect(String(err)).toContain('3000 ms')
    expect(slept).toEqual([1000])
    expect(sent(server, '/oauth')).toHaveLength(2)
    expect(await metricValue(register, 'bot_llm_retries_total', { reason: 'timeout' })).toBe(1)
  })

  test('of an unknown shape is an error that does not quote it', async () => {
    const { client } = await setup([ok], { oauth: [replyJson(200, { bearer: 'tip-top-secret' })] })

    const err = await failure(client.chat(request))

    expect(failureReason(err)).toBe('shape')
    expect(String(err)).not.toContain('tip-top-secret')
  })

  test('is waited for without taking a stream', async () => {
    const opened = gate()
    const slowToken: Behaviour = (res, r) => void opened.passed.then(() => tokenFor(halfAnHour)(res, r))
    const { client, register } = await setup([ok], { oauth: [slowToken], concurrency: 1 })

    const calls = [client.chat(request), client.chat(request)]
    const inFlight = await metricValue(register, 'bot_llm_in_flight')
    opened.open()
    await Promise.all(calls)

    expect(inFlight).toBe(0)
  })
})
