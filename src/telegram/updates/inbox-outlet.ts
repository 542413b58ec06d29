import { type InboxKey, type InboxStore, nameOf } from './inbox-store.ts'

/** What a process is through with: updates that were dealt with are deleted, then users of whom all is left are given back. */
export interface InboxOutlet {
  done(update: InboxKey): void
  leave(userId: number): void
  /** Dealt with, and not deleted yet: it may be handed to this process again. */
  holds(update: InboxKey): boolean
  /** Resolves when all is stored, or PostgreSQL does not answer: then the next call tries again. Never rejects. */
  flush(): Promise<void>
}

const mostTogether = 500

export function createInboxOutlet(
  store: Pick<InboxStore, 'done' | 'release'>,
  onFailure: (err: unknown) => void,
): InboxOutlet {
  let done: InboxKey[] = []
  const held = new Set<string>()
  const left = new Set<number>()
  let isFlushing = false
  let flushed = Promise.resolve()

  const flush = async () => {
    isFlushing = true
    while (done.length > 0) {
      const batch = done.splice(0, mostTogether)
      try {
        await store.done(batch)
        for (const key of batch) held.delete(nameOf(key))
      } catch {
        done = [...batch, ...done]
        break
      }
    }
    // only now: what is dealt with must not go along
    while (done.length === 0 && left.size > 0) {
      const batch = [...left]
      left.clear()
      await store.release(batch).catch(onFailure) // the end of the lease gives them back, too
    }
    isFlushing = false
  }
  const begin = () => {
    if (!isFlushing) flushed = flush()
    return flushed
  }
  return {
    done: update => {
      done.push(update)
      held.add(nameOf(update))
      void begin()
    },
    leave: userId => {
      left.add(userId)
      void begin()
    },
    holds: update => held.has(nameOf(update)),
    flush: begin,
  }
}
