import { z } from 'zod'
import { parseJson } from '../../shop/json.ts'
import type { Message } from '../model/chat-model.ts'
import { decodeDialogue, encodeDialogue } from './dialogue-codec.ts'
import { type TextStore, textTtlMs } from './text-store.ts'
import { Unfinished, unfinishedLimit } from './unfinished.ts'

/**
 * Dialogues by user, and the requests that failed, stored for at most 24 h after their last use. Never rejects: a store that
 * cannot be reached is answered from the little this process remembers, or empty.
 */
export interface DialogueStore {
  load(userId: number): Promise<Message[]>
  save(userId: number, messages: readonly Message[]): Promise<void>
  /** The requests of the last 24 h that can be continued, newest first. */
  unfinished(userId: number): Promise<Unfinished[]>
  addUnfinished(userId: number, entry: Unfinished): Promise<void>
  dropUnfinished(userId: number, id: string): Promise<void>
  /** Deletes all of it. */
  clear(userId: number): Promise<void>
  close(): Promise<void>
}

const UnfinishedEntries = z.object({ at: z.number(), entries: z.array(Unfinished) })

/** Dialogues on a store of texts: at `vv:dialogue:<userId>`, unfinished requests at `vv:unfinished:<userId>`. */
export function createDialogueStore(texts: TextStore, now: () => Date): DialogueStore {
  const unfinished = async (userId: number): Promise<Unfinished[]> => {
    const stored = UnfinishedEntries.safeParse(parseJson((await texts.load(unfinishedKey(userId))) ?? '')).data
    return (stored?.entries ?? []).filter(({ at }) => now().getTime() - at < textTtlMs)
  }
  const store = (userId: number, entries: readonly Unfinished[]) =>
    entries.length === 0
      ? texts.clear(unfinishedKey(userId))
      : texts.save(unfinishedKey(userId), JSON.stringify({ at: now().getTime(), entries }))

  return {
    load: async userId => decodeDialogue(await texts.load(dialogueKey(userId)))?.messages ?? [],
    save: (userId, messages) => texts.save(dialogueKey(userId), encodeDialogue(messages, now())),
    unfinished,
    addUnfinished: async (userId, entry) => {
      const others = (await unfinished(userId)).filter(({ id }) => id !== entry.id)
      await store(userId, [entry, ...others].slice(0, unfinishedLimit))
    },
    dropUnfinished: async (userId, id) => {
      const before = await unfinished(userId)
      const rest = before.filter(entry => entry.id !== id)
      if (rest.length < before.length) await store(userId, rest)
    },
    clear: async userId => {
      await Promise.all([texts.clear(dialogueKey(userId)), texts.clear(unfinishedKey(userId))])
    },
    close: texts.close,
  }
}

const dialogueKey = (userId: number): string => `vv:dialogue:${userId}`
const unfinishedKey = (userId: number): string => `vv:unfinished:${userId}`
