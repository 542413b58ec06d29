import { z } from 'zod'
import { parseJson } from '../../shop/json.ts'
import { Message } from '../model/chat-model.ts'

const Dialogue = z.object({
  /** When it was saved, unix time in milliseconds. */
  at: z.number(),
  messages: z.array(Message),
})
export type Dialogue = z.infer<typeof Dialogue>

/** A dialogue as the stores hold it. */
export const encodeDialogue = (messages: readonly Message[], at: Date): string =>
  JSON.stringify({ at: at.getTime(), messages })

/** Undefined when there is none, or none that this version can read: a dialogue is worth less than an answer. */
export const decodeDialogue = (text: string | null | undefined): Dialogue | undefined =>
  text === null || text === undefined ? undefined : Dialogue.safeParse(parseJson(text)).data

/** When a text of these stores was saved, unix time in milliseconds; undefined when it does not say. */
export const savedAt = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : z.object({ at: z.number() }).safeParse(parseJson(text)).data?.at
