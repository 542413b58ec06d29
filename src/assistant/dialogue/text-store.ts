/**
 * Texts by key, stored for at most 24 h after the last load or save. Never rejects: a store that cannot be reached is answered
 * from the little this process remembers, or with null. Each text is an envelope of `dialogue-codec.ts`.
 */
export interface TextStore {
  load(key: string): Promise<string | null>
  save(key: string, text: string): Promise<void>
  clear(key: string): Promise<void>
  close(): Promise<void>
}

/** Retention of a text after its last use. */
export const textTtlMs = 24 * 60 * 60 * 1000

/** Together the texts a process remembers take no more than this, however long they are. */
export const textBytes = 48 * 1024 * 1024
/** What a string takes in memory: two bytes a character, for it has Cyrillic ones. */
export const bytesOf = (text: string | null): number => 2 * (text?.length ?? 0) + 1
