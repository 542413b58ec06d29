import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createOutboundFetch } from '../../../process/outbound.ts'
import { DeliveryError, type Notice } from './alert-channel.ts'
import { createEmailChannel } from './email-channel.ts'
import { createWebhookChannel } from './webhook-channel.ts'

const now = () => new Date('2026-03-02T11:00:00Z')

const notice: Notice = {
  id: 'k3x9-firing',
  subject: 'Тревога: GigaChat не отвечает',
  text: 'GigaChat не отвечает\n.\nЗадело 5 человек',
  status: 'firing',
  alerts: [
    {
      name: 'GigaChatFailing',
      severity: 'critical',
      component: 'gigachat',
      labels: { env: 'test' },
      summary: 'GigaChat не отвечает',
      description: 'Не удалось 100 % вызовов.',
      first_step: 'Проверьте статус GigaChat.',
      runbook: 'docs/runbook.md#gigachatfailing',
      users: 5,
      last_error: 'gigachat: 500',
      started_at: '2026-03-02T10:58:00.000Z',
      ended_at: null,
    },
  ],
}

describe('webhook', () => {
  /** A receiver that answers with these codes, one a request; null leaves a request without an answer. */
  async function setup(codes: readonly (number | null)[], address = (port: number) => `http://127.0.0.1:${port}/hook`) {
    const received: { authorization: string | undefined; id: unknown; body: unknown }[] = []
    const left = [...codes]
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const { authorization, 'idempotency-key': id } = request.headers
      received.push({ authorization, id, body: JSON.parse(body) })
      const code = left.shift()
      if (code === null) return
      response.writeHead(code ?? 204, { location: '/elsewhere' }).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const paused: number[] = []
    const { port } = server.address() as AddressInfo
    const channel = createWebhookChannel({
      url: address(port),
      fetch: createOutboundFetch(),
      sleep: async ms => void paused.push(ms),
      now,
      timeoutMs: codes.includes(null) ? 200 : 10_000,
    })
    return { channel, received, paused }
  }

  test('gets the notice as JSON of version 1, with a key by which a repetition is known', async () => {
    const { channel, received } = await setup([200])

    await channel.send(notice)

    expect(received).toEqual([
      {
        authorization: undefined,
        id: 'k3x9-firing',
        body: {
          version: 1,
          id: 'k3x9-firing',
          status: 'firing',
          text: notice.text,
          sent_at: '2026-03-02T11:00:00.000Z',
          alerts: notice.alerts,
        },
      },
    ])
  })

  test.each([[[503, 200]], [[429, 500, 204]], [[null, 200]]])(
    'answers %j: what may pass is tried again',
    async codes => {
      const { channel, received, paused } = await setup(codes)

      await channel.send(notice)

      expect(received).toHaveLength(codes.length)
      expect(paused).toEqual([1_000, 4_000].slice(0, codes.length - 1))
    },
  )

  test.each([
    [[404], 'webhook: HTTP 404'],
    [[302], 'webhook: HTTP 302'],
    [[500, 500, 500], 'webhook: HTTP 500'],
  ])('answers %j: the failure names the code and no address', async (codes, message) => {
    const { channel, received } = await setup(codes)

    const failure = await channel.send(notice).catch((err: unknown) => err)

    expect(failure).toBeInstanceOf(DeliveryError)
    expect(failure).toMatchObject({ message })
    expect(received).toHaveLength(codes.length)
  })

  test('credentials of the address are sent as a header', async () => {
    const { channel, received } = await setup([200], port => `http://bot:p%40ss@127.0.0.1:${port}/hook`)

    await channel.send(notice)

    expect(received[0]?.authorization).toBe(`Basic ${Buffer.from('bot:p@ss').toString('base64')}`)
  })
})

describe('email', () => {
  async function setup(options: SMTPServerOptions = {}, user = '') {
    const mails: string[] = []
    const recipients: string[][] = []
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      onData: (stream, session, done) => {
        let text = ''
        stream.on('data', chunk => (text += chunk))
        stream.on('end', () => {
          mails.push(text)
          recipients.push(session.envelope.rcptTo.map(({ address }) => address))
          done()
        })
      },
      ...options,
    })
    server.on('error', () => undefined)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise<void>(resolve => server.close(resolve)))
    const { port } = server.server.address() as AddressInfo
    const paused: number[] = []
    const channel = createEmailChannel({
      settings: {
        smtpUrl: `smtp://${user}127.0.0.1:${port}`,
        from: 'Бот <bot@example.org>',
        to: ['first@example.org', 'second@example.org'],
      },
      sleep: async ms => void paused.push(ms),
    })
    return { channel, mails, recipients, paused }
  }
  const decoded = (mail: string): string => {
    const [, encoding = ''] = /content-transfer-encoding: (\S+)/i.exec(mail) ?? []
    const body = mail.slice(mail.indexOf('\r\n\r\n') + 4)
    if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
    const bytes = body
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return Buffer.from(bytes, 'latin1').toString()
  }

  test('arrives as plain Russian text for everyone named, a line of a single dot included', async () => {
    const { channel, mails, recipients } = await setup()

    await channel.send(notice)

    expect(recipients).toEqual([['first@example.org', 'second@example.org']])
    expect(mails[0]).toMatch(/^content-type: text\/plain; charset=utf-8/im)
    expect(mails[0]).toMatch(/^auto-submitted: auto-generated/im)
    expect(mails[0]).toMatch(/^x-alert-id: k3x9-firing/im)
    expect(decoded(mails[0] ?? '').replaceAll('\r\n', '\n')).toContain('GigaChat не отвечает\n.\nЗадело 5 человек')
  })

  test('user and password of the address are used', async () => {
    let given: unknown
    const { channel, mails } = await setup(
      {
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: ({ username, password }, _session, done) => {
          given = [username, password]
          done(null, { user: username })
        },
      },
      'bot%40example.org:p%3Ass@',
    )

    await channel.send(notice)

    expect(given).toEqual(['bot@example.org', 'p:ss'])
    expect(mails).toHaveLength(1)
  })

  test.each([
    [451, 3],
    [550, 1],
  ])('%i from the server is tried %i times, the failure names the code alone', async (responseCode, tries) => {
    let seen = 0
    const { channel, mails } = await setup({
      onRcptTo: (_address, _session, done) => {
        seen += 1
        done(Object.assign(new Error('no such mailbox first@example.org'), { responseCode }))
      },
    })

    const failure = await channel.send(notice).catch((err: unknown) => err)

    expect(failure).toMatchObject({ name: 'DeliveryError', message: `email: SMTP ${responseCode}` })
    expect(seen).toBe(tries * 2)
    expect(mails).toEqual([])
  })

  test('a server that cannot be reached is a failure that may pass', async () => {
    const channel = createEmailChannel({
      settings: { smtpUrl: 'smtp://127.0.0.1:1', from: 'bot@example.org', to: ['first@example.org'] },
      sleep: async () => undefined,
    })

    await expect(channel.send(notice)).rejects.toMatchObject({ name: 'DeliveryError', retryable: true })
  })
})
