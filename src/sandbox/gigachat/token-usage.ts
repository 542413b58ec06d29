import type { ChatBody, WireReply } from './chat-contract.ts'

/** As the API reports it: `prompt_tokens` is already net of the cached ones, `total_tokens` is what is billed. */
export interface Usage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  precached_prompt_tokens: number
}

/** Russian text makes about one token of 3.5 characters. */
export const countTokens = (text: string) => Math.ceil(text.length / 3.5)

const prefixLifetimeMs = 30_000
const maxSessions = 1_000

/** Counts tokens and remembers, per session, which prefix is still warm: what begins alike within 30 s costs nothing. */
export function createUsageMeter(now: () => number) {
  const warm = new Map<string, { parts: string[]; at: number }>()

  return (request: ChatBody, reply: WireReply, sessionId: string | undefined): Usage => {
    const parts = [JSON.stringify(request.functions), ...request.messages.map(m => JSON.stringify(m))]
    const all = sum(parts)
    const precached = sessionId === undefined ? 0 : warmTokens(`${request.model} ${sessionId}`, parts)
    const prompt = Math.max(1, all - precached)
    const completion = countTokens('text' in reply ? reply.text : JSON.stringify(reply.call))
    return {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      precached_prompt_tokens: precached,
    }
  }

  function warmTokens(key: string, parts: string[]): number {
    const seen = warm.get(key)
    warm.delete(key)
    warm.set(key, { parts, at: now() })
    for (const oldest of warm.keys()) {
      if (warm.size <= maxSessions) break
      warm.delete(oldest)
    }
    if (seen === undefined || now() - seen.at >= prefixLifetimeMs) return 0
    const firstChange = parts.findIndex((part, i) => part !== seen.parts[i])
    if (firstChange === -1) return sum(parts)
    // a cache of keys and values ends within a message too, where the first token differs
    return sum(parts.slice(0, firstChange)) + wholeTokens(commonLength(parts[firstChange], seen.parts[firstChange]))
  }
}

const wholeTokens = (characters: number) => Math.floor(characters / 3.5)

function commonLength(a = '', b = ''): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

const sum = (parts: string[]) => parts.reduce((total, part) => total + countTokens(part), 0)
