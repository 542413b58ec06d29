import type { Update } from 'grammy/types'
import type { Assistant } from '../assistant/assistant.ts'
import type { Recorder } from '../events/recorder.ts'
import type { Sleep } from '../process/sleep.ts'
import type { Log } from '../telemetry/log.ts'
import type { Users } from '../users/users.ts'
import type { RatingMetrics } from './chat/rating-metrics.ts'
import type { Html } from './html.ts'
import type { ModelReaders } from './privacy/policy.ts'
import type { QueueGate } from './queue/queue-gate.ts'
import type { WaitingUsers } from './queue/waiting-users.ts'
import type { Departure } from './updates/departure.ts'

/** Cart allowance of a user, from the settings. */
export interface AllowanceSettings {
  cartLimit: number
  surveyBonus: number
  referralBonus: number
}

/** What conversations are made of. */
export interface ConversationDeps {
  users: Users
  assistant: Assistant
  recorder: Pick<Recorder, 'record'>
  log: Log
  now: () => Date
  sleep: Sleep
  /** Messages that a user sends within this time of each other are answered together, in milliseconds. */
  togetherMs: number
  /** A clock that is never set, in milliseconds; default: `performance.now()`. */
  elapsedMs?: (() => number) | undefined
  allowance: AllowanceSettings
  supportContact: string | undefined
  modelReaders: ModelReaders
  adminUserIds: readonly number[]
  ratingMetrics: RatingMetrics
  /** The users who wait for the model. */
  waitingUsers: Pick<WaitingUsers, 'add'>
  /** Null when every user may wait. */
  queueGate: QueueGate | null
  /** Sends a message that is no reply. Resolves to false when it could not be delivered; never rejects. */
  notify(userId: number, message: Html): Promise<boolean>
  /** Removes what other rooms hold of a user. */
  eraseAlso(userId: number): Promise<void>
  /** Notes the message that shows the user that the update is worked on, for a process that takes over. False when it could not. Never rejects. */
  noteShown(update: Update, messageId: number): Promise<boolean>
  departure: Departure
}
