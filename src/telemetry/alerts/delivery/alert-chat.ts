import type { Notice } from '../channels/alert-channel.ts'
import type { AlertMessage, Desk, Trouble } from './desk.ts'
import type { Outgoing } from './schedule.ts'

/** What became of a message: `closed` = the chat does not take any from the bot, `failed` = it may later. */
export type Sent = { outcome: 'sent'; messageId: number } | { outcome: 'closed' | 'failed' }

/** The chats of administrators. No method rejects. */
export interface AlertChat {
  /** Writes what began or goes on, with buttons that carry `buttons`. */
  notify(message: Outgoing, buttons: string, desk: Desk): Promise<Sent>
  sendEnd(message: Outgoing): Promise<Sent>
  /** Brings a message in line with what became of its troubles. */
  refresh(message: AlertMessage, desk: Desk): Promise<void>
  /** Writes the result of the weekly test. */
  sendTest(chatId: number, notice: Notice): Promise<Sent>
  /** Whether the chat takes messages, without sending one. */
  look(chatId: number): Promise<'open' | 'closed' | 'unknown'>
}

/** The texts of channels besides the chat. */
export interface NoticeTexts {
  notice(trouble: Trouble, status: 'firing' | 'resolved'): Notice
  /** The weekly test; `failed` names the ways by which it did not arrive: `email`, `webhook`, `telegram 2` for the second administrator. */
  test(id: string, failed: readonly string[]): Notice
}
