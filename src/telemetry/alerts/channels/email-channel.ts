import type { Sleep } from '../../../process/sleep.ts'
import { type AlertChannel, DeliveryError } from './alert-channel.ts'
import { tryDelivery } from './try-delivery.ts'

interface EmailSettings {
  /** smtp:// (STARTTLS where the server offers it) or smtps://, with user and password. */
  smtpUrl: string
  from: string
  to: readonly string[]
}

export interface EmailChannelDeps {
  settings: EmailSettings
  sleep: Sleep
  timeoutMs?: number
}

/** Sends notices as plain text mail. The server's 2xx to the whole message is an acceptance. */
export function createEmailChannel({ settings, sleep, timeoutMs = 15_000 }: EmailChannelDeps): AlertChannel {
  const url = new URL(settings.smtpUrl)
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const auth =
    url.username === ''
      ? {}
      : {
          auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
          // a password goes to another machine by an encrypted connection or not at all
          requireTLS: !isLoopback(host),
        }
  const options = {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ...auth,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
  const deliver = async (subject: string, text: string, id: string) => {
    try {
      const headers = { 'X-Alert-Id': id, 'Auto-Submitted': 'auto-generated' }
      const { createTransport } = await import('nodemailer') // not before there is mail
      await createTransport(options).sendMail({ from: settings.from, to: [...settings.to], subject, text, headers })
    } catch (err) {
      throw failureOf(err)
    }
  }
  return {
    name: 'email',
    send: ({ subject, text, id }) => tryDelivery('email', () => deliver(subject, text, id), sleep),
  }
}

/** An SMTP code of 5xx is final (RFC 5321, 4.2.1); all else may pass. The server's text is left out: it may quote the mail. */
function failureOf(err: unknown): DeliveryError {
  const code = typeof err === 'object' && err !== null && 'responseCode' in err ? err.responseCode : undefined
  if (typeof code === 'number') return new DeliveryError('email', `SMTP ${code}`, code < 500)
  const kind = typeof err === 'object' && err !== null && 'code' in err ? String(err.code) : ''
  return new DeliveryError('email', /^[A-Z]{3,20}$/.test(kind) ? kind : 'no connection', kind !== 'EAUTH')
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host)
