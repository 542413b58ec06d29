import { InlineKeyboard } from 'grammy'
import { createLatestEntries } from '../../process/latest-entries.ts'
import type { UserState } from '../../users/user-state.ts'
import type { BotContext } from '../context.ts'
import { reply } from '../reply.ts'
import { type ModelReaders, shortConsent, versionFor } from './policy.ts'
import { texts } from './texts.ts'

export const moreData = 'consent_more'

/** What a user wanted before they agreed; `user` as consent left them, null while the database is down. */
export type WaitingRequest = (ctx: BotContext, user: UserState | null) => Promise<unknown>

export interface ConsentGate {
  /** Version of the text that is asked for. */
  version: string
  /** Data of the button that agrees to it. */
  agreeData: string
  /** True if the user agreed to the current version of the text. */
  hasConsent(user: UserState): boolean
  /** Asks for consent, in full words the first time; what the user wanted goes on once they agree. */
  ask(ctx: BotContext, wanted?: WaitingRequest): Promise<void>
  /** True if something waits for the consent of the user. */
  hasWaiting(userId: number): boolean
  /** Hands out once what waits; the question counts as answered. */
  take(userId: number): WaitingRequest | undefined
}

export interface ConsentGateDeps {
  now: () => Date
  modelReaders: ModelReaders
}

const waitsForMs = 10 * 60_000
/** After this the question has scrolled out of sight, and is asked in full again. */
const inSightMs = 60 * 60_000

/** Waiting requests hold what users wrote: in memory only, for ten minutes, never anywhere else. */
export function createConsentGate({ now, modelReaders }: ConsentGateDeps): ConsentGate {
  const version = versionFor(modelReaders)
  const agreeData = `consent_yes_${version}`
  const waiting = createLatestEntries<number, { wanted: WaitingRequest; until: number }>(1000)
  const askedUntil = createLatestEntries<number, number>(10_000)
  const time = () => now().getTime()
  const find = (userId: number) => {
    const kept = waiting.get(userId)
    return kept !== undefined && kept.until >= time() ? kept.wanted : undefined
  }
  return {
    version,
    agreeData,
    hasConsent: user => user.consentVersion === version,
    ask: async (ctx, wanted) => {
      const { userId } = ctx
      if (wanted !== undefined) waiting.set(userId, { wanted, until: time() + waitsForMs })
      const isReminder = wanted !== undefined && (askedUntil.get(userId) ?? 0) >= time()
      askedUntil.set(userId, time() + inSightMs)
      const keyboard = new InlineKeyboard().text(texts.agree, agreeData).text(texts.more, moreData)
      await reply(ctx, isReminder ? texts.consentAbove : shortConsent(modelReaders), keyboard)
    },
    hasWaiting: userId => find(userId) !== undefined,
    take: userId => {
      const wanted = find(userId)
      waiting.delete(userId)
      askedUntil.delete(userId) // answered: the next question is a new one
      return wanted
    },
  }
}
