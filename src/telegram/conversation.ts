import type { Assistant } from '../assistant/assistant.ts'
import type { Recorder } from '../events/recorder.ts'
import type { Sleep } from '../process/sleep.ts'
import type { Log } from '../telemetry/log.ts'
import type { Users } from '../users/users.ts'
import type { Html } from './html.ts'

/** What a person is promised; the numbers of the settings. */
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
  allowance: AllowanceSettings
  supportContact: string | undefined
  adminUserIds: readonly number[]
  /** Writes to a person who did not ask; false when that failed, never rejects. */
  notify(userId: number, message: Html): Promise<boolean>
  /** Removes what other rooms keep of a person. */
  eraseAlso(userId: number): Promise<void>
  /** Aborted when the process no longer waits for what is in hand. */
  abandoned: AbortSignal
}
