import { createHash } from 'node:crypto'
import type { FunctionSpec } from './model/chat-model.ts'

/** Texts that decide how the model behaves and that are the same for every user and every day. */
export interface PromptText {
  /** System messages without what differs from user to user. */
  instructions: readonly string[]
  functions: readonly FunctionSpec[]
}

/**
 * Hash of everything the model is given in advance: instructions, names, descriptions and schemas of the functions. Twelve
 * hexadecimal digits; the same on every machine, another one after any change.
 */
export const promptVersion = ({ instructions, functions }: PromptText): string =>
  createHash('sha256')
    .update(JSON.stringify([instructions, functions]))
    .digest('hex')
    .slice(0, 12)
