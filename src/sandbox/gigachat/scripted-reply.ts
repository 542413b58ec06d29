import { setTimeout as sleep } from 'node:timers/promises'

/** One prepared answer; `after` holds it back, for milliseconds or until a promise settles. */
export type ScriptedReply = { after?: number | Promise<unknown> } & (
  | { kind: 'text'; text: string; finishReason?: string }
  /** `arguments` may be anything, so that a client can be shown malformed ones. */
  | { kind: 'call'; name: string; arguments: unknown; finishReason?: string }
  /** An error of the service; `html` replaces the usual JSON body. */
  | { kind: 'status'; status: number; message?: string; html?: string; headers?: Record<string, string> }
  /** The topic was refused: HTTP 200 with a refusal text. */
  | { kind: 'blacklist' }
  /** The connection is cut before an answer. */
  | { kind: 'reset' }
  /** HTTP 200 with HTML instead of JSON. */
  | { kind: 'garbage' }
  /** HTTP 200 with this JSON: an answer of a drifted shape. */
  | { kind: 'json'; body: unknown }
  /** The head and half of the body, then silence. */
  | { kind: 'stall' }
  /** What the rule-based model says, useful with `after`. */
  | { kind: 'model' }
)

/** Waits as long as the reply asks for, otherwise `otherwiseMs`. */
export async function holdBack({ after = 0 }: Pick<ScriptedReply, 'after'>, otherwiseMs = 0): Promise<void> {
  const wait = after === 0 ? otherwiseMs : after
  await (typeof wait === 'number' ? sleep(wait) : wait)
}
