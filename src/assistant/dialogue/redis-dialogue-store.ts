import { LRUCache } from 'lru-cache'
import type { Log } from '../../telemetry/log.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import { decodeDialogue, encodeDialogue } from './dialogue-codec.ts'
import { bytesOf, type DialogueStore, dialogueBytes, dialogueTtlMs } from './dialogue-store.ts'
import { createDialogueMetrics, type DialogueOperation } from './metrics.ts'
import { createRedisConnection } from './redis-connection.ts'

export interface RedisDialogueStoreDeps {
  url: string
  log: Log
  register: MetricRegistry
  now?: () => Date
  /** How long a conversation waits for Redis, per operation. */
  timeoutMs?: number
}

/** What this process remembers of a dialogue. */
interface Copy {
  /** Null: cleared. */
  text: string | null
  /** Redis does not know it yet. */
  pending: boolean
}

const ttlSeconds = dialogueTtlMs / 1000
const maxCopies = 1000
/** A copy serves the current conversation; what is still to be written to Redis is retained as long as Redis would retain it. */
const copyTtlMs = 30 * 60 * 1000

/**
 * Dialogues shared by all replicas, at `vv:dialogue:<userId>`. While Redis is down the conversation goes on from copies in
 * this process; what was saved or cleared during the outage is written as soon as Redis is back.
 */
export function createRedisDialogueStore(deps: RedisDialogueStoreDeps): DialogueStore {
  const { log, now = () => new Date(), timeoutMs = 1000 } = deps
  const metrics = createDialogueMetrics(deps.register)
  const copies = new LRUCache<number, Copy>({
    max: maxCopies,
    maxSize: dialogueBytes,
    sizeCalculation: ({ text }) => bytesOf(text),
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  })
  const redis = createRedisConnection({ url: deps.url, timeoutMs, onReady: () => void writePending() })

  const keep = (userId: number, copy: Copy): Copy => {
    copies.set(userId, copy, { ttl: copy.pending ? dialogueTtlMs : copyTtlMs })
    return copy
  }

  let failing = false
  /** What Redis answered, or undefined when it did not; reported once until an operation succeeds again. */
  const attempt = async <T>(
    operation: DialogueOperation,
    work: () => Promise<T>,
  ): Promise<{ value: T } | undefined> => {
    try {
      const value = await work()
      metrics.done(operation)
      failing = false
      return { value }
    } catch (err) {
      metrics.degraded(operation)
      if (!failing) log.warn('dialogue_degraded', { operation, err })
      failing = true
      return undefined
    }
  }

  const write = async (userId: number, copy: Copy): Promise<void> => {
    const { text } = copy
    const written = await attempt(text === null ? 'clear' : 'save', () =>
      text === null ? redis.delete(keyOf(userId)) : redis.set(keyOf(userId), text, ttlSeconds),
    )
    // unless a newer message was saved while Redis was writing
    if (written !== undefined && copies.peek(userId) === copy) keep(userId, { text, pending: false })
  }

  const writePending = async (): Promise<void> => {
    const pending = [...copies.entries()].filter(([, copy]) => copy.pending)
    await Promise.all(pending.map(([userId, copy]) => write(userId, copy)))
  }

  return {
    async load(userId) {
      const answered = await attempt('load', () => redis.getAndTouch(keyOf(userId), ttlSeconds))
      const stored = decodeDialogue(answered?.value)
      const copy = copies.get(userId)
      if (answered !== undefined && !copy?.pending) {
        keep(userId, { text: answered.value, pending: false })
        return stored?.messages ?? []
      }
      const own = decodeDialogue(copy?.text)
      const storedIsNewer = stored !== undefined && own !== undefined && stored.at > own.at
      return (storedIsNewer ? stored : own)?.messages ?? []
    },
    save: (userId, messages) => write(userId, keep(userId, { text: encodeDialogue(messages, now()), pending: true })),
    clear: userId => write(userId, keep(userId, { text: null, pending: true })),
    async close() {
      redis.close()
      copies.clear()
    },
  }
}

const keyOf = (userId: number): string => `vv:dialogue:${userId}`
