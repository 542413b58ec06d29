import type { Message } from '../model/chat-model.ts'

/**
 * Dialogues by user, stored for at most 24 h after the last load or save. Never rejects: a store that cannot be reached is
 * answered from the little this process remembers, or empty.
 */
export interface DialogueStore {
  load(userId: number): Promise<Message[]>
  save(userId: number, messages: readonly Message[]): Promise<void>
  clear(userId: number): Promise<void>
  close(): Promise<void>
}

/** Retention of a dialogue after its last use. */
export const dialogueTtlMs = 24 * 60 * 60 * 1000

/** Together the dialogues a process remembers take no more than this, however long they are. */
export const dialogueBytes = 48 * 1024 * 1024
/** What a dialogue takes in memory: two bytes a character, for it has Cyrillic ones. */
export const bytesOf = (text: string | null): number => 2 * (text?.length ?? 0) + 1
