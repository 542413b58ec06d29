import { AppError } from '../../../errors.ts'

/** A way to operators besides the chat. Closed set, also of the metric label `channel`, where the chat is `telegram`. */
export const channelNames = ['webhook', 'email'] as const
type ChannelName = (typeof channelNames)[number]

/** What is delivered: texts for a reader, and the same as data. */
export interface Notice {
  /** The same notice sent again has the same id: receivers can drop the repetition. */
  id: string
  /** One line. */
  subject: string
  /** Plain text. */
  text: string
  status: 'firing' | 'resolved' | 'test'
  alerts: readonly NoticeAlert[]
}

/** An alert as the webhook sends it; documented in docs/operations.md. Times are ISO 8601 in UTC. */
interface NoticeAlert {
  name: string
  severity: string
  component: string
  labels: Record<string, string>
  summary: string
  description: string
  first_step: string
  runbook: string
  users: number | null
  last_error: string | null
  started_at: string
  ended_at: string | null
}

export interface AlertChannel {
  name: ChannelName
  /** Resolves once the receiver has accepted the notice. Rejects with a DeliveryError after bounded attempts. */
  send(notice: Notice): Promise<void>
}

/** A channel did not accept a notice. The message names the channel and a code, never an address or a secret. */
export class DeliveryError extends AppError {
  readonly name = 'DeliveryError'
  readonly retryable: boolean
  readonly code: string
  constructor(channel: string, code: string, retryable: boolean) {
    super(`${channel}: ${code}`)
    this.code = code
    this.retryable = retryable
  }
}
