import { LRUCache } from 'lru-cache'
import type { Log } from '../../telemetry/log.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import { savedAt } from './dialogue-codec.ts'
import { createDialogueStore, type DialogueStore } from './dialogue-store.ts'
import { createDialogueMetrics, type DialogueOperation } from './metrics.ts'
import { createRedisConnection } from './redis-connection.ts'
import { bytesOf, type TextStore, textBytes, textTtlMs } from './text-store.ts'

export interface RedisDialogueStoreDeps {
  url: string
  log: Log
  register: MetricRegistry
  now?: () => Date
  /** How long a conversation waits for Redis, per operation. */
  timeoutMs?: number
}

/** What this process remembers of a text. */
interface Copy {
  /** Null: cleared. */
  text: string | null
  /** Redis does not know it yet. */
  pending: boolean
}

const ttlSeconds = textTtlMs / 1000
const maxCopies = 1000
/** A copy serves the current conversation; what is still to be written to Redis is retained as long as Redis would retain it. */
const copyTtlMs = 30 * 60 * 1000

/** Dialogues shared by all replicas. */
export const createRedisDialogueStore = (deps: RedisDialogueStoreDeps): DialogueStore =>
  createDialogueStore(createRedisTextStore(deps), deps.now ?? (() => new Date()))

/**
 * Texts shared by all replicas. While Redis is down the conversation goes on from copies in this process; what was saved or
 * cleared during the outage is written as soon as Redis is back.
 */
function createRedisTextStore(deps: RedisDialogueStoreDeps): TextStore {
  const { log, now = () => new Date(), timeoutMs = 1000 } = deps
  const metrics = createDialogueMetrics(deps.register)
  const copies = new LRUCache<string, Copy>({
    max: maxCopies,
    maxSize: textBytes,
    sizeCalculation: ({ text }) => bytesOf(text),
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  })
  const redis = createRedisConnection({ url: deps.url, timeoutMs, onReady: () => void writePending() })

  const keep = (key: string, copy: Copy): Copy => {
    copies.set(key, copy, { ttl: copy.pending ? textTtlMs : copyTtlMs })
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

  const write = async (key: string, copy: Copy): Promise<void> => {
    const { text } = copy
    const written = await attempt(text === null ? 'clear' : 'save', () =>
      text === null ? redis.delete(key) : redis.set(key, text, ttlSeconds),
    )
    // unless a newer message was saved while Redis was writing
    if (written !== undefined && copies.peek(key) === copy) keep(key, { text, pending: false })
  }

  const writePending = async (): Promise<void> => {
    const pending = [...copies.entries()].filter(([, copy]) => copy.pending)
    await Promise.all(pending.map(([key, copy]) => write(key, copy)))
  }

  return {
    async load(key) {
      const answered = await attempt('load', () => redis.getAndTouch(key, ttlSeconds))
      const copy = copies.get(key)
      if (answered !== undefined && !copy?.pending) {
        keep(key, { text: answered.value, pending: false })
        return answered.value
      }
      const [storedAt, ownAt] = [savedAt(answered?.value), savedAt(copy?.text)]
      const storedIsNewer = storedAt !== undefined && ownAt !== undefined && storedAt > ownAt
      return (storedIsNewer ? answered?.value : copy?.text) ?? null
    },
    save: (key, text) => write(key, keep(key, { text, pending: true })),
    clear: key => write(key, keep(key, { text: null, pending: true })),
    async close() {
      redis.close()
      copies.clear()
    },
  }
}
