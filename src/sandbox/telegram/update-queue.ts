import type { Update } from 'grammy/types'
import { BotApiRefusal } from './bot-api-refusal.ts'

export type QueuedUpdateType = Exclude<keyof Update, 'update_id'>
/** An update before it has its id; `update_id` given by a test may repeat one. */
export type NewUpdate = Omit<Update, 'update_id'> & { update_id?: number }

export interface UpdateQueue {
  /** Gives the update its id and keeps it until it is confirmed. Undefined when the bot does not want its type. */
  add(update: NewUpdate): Update | undefined
  /** As `getUpdates`: confirms what lies before `offset`, waits up to `timeoutMs` when there is nothing. */
  poll(request: { offset: number; limit: number; timeoutMs: number; signal: AbortSignal }): Promise<Update[]>
  pending(): readonly Update[]
  confirm(update: Update): void
  clear(): void
  allow(types: readonly QueuedUpdateType[] | undefined): void
  allowed(): readonly QueuedUpdateType[] | undefined
  isPolled(): boolean
  /** Ends a waiting `getUpdates` with 409. */
  interrupt(reason: string): void
  /** Calls back after each update that was added. */
  onAdded(callback: () => void): void
}

const onRequestOnly: readonly QueuedUpdateType[] = ['chat_member', 'message_reaction', 'message_reaction_count']
const otherGetUpdates =
  'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running'

/**
 * Updates waiting for the bot. Their ids grow by one, as those of Telegram, and go on growing after the fake was started anew: they
 * begin at the hundredth of a second in which the queue was made, which leaves room for 100 updates a second. They fit into 31 bits, too.
 */
export function createUpdateQueue({ now }: { now: () => Date }): UpdateQueue {
  let lastId = Math.floor(now().getTime() / 10) % 2 ** 31
  let waiting: Update[] = []
  /** Repeats a test asked for: delivered once whatever the offset, which has passed their id already. */
  let repeats: Update[] = []
  let allowed: readonly QueuedUpdateType[] | undefined
  let poller: { wake(): void; refuse(err: BotApiRefusal): void } | undefined
  const added: (() => void)[] = []

  const wanted = (update: NewUpdate) => {
    const type = Object.keys(update).find(key => key !== 'update_id')
    return allowed && allowed.length > 0 ? allowed.some(one => one === type) : !onRequestOnly.some(one => one === type)
  }
  const interrupt = (reason: string) => poller?.refuse(new BotApiRefusal(409, reason))
  const take = (limit: number) => {
    const repeated = repeats.splice(0, limit)
    return [...repeated, ...waiting.slice(0, limit - repeated.length)]
  }
  const waitForUpdate = async (timeoutMs: number, signal: AbortSignal) => {
    const { promise, resolve, reject } = createPromise()
    const mine = { wake: resolve, refuse: reject }
    const timer = setTimeout(resolve, timeoutMs)
    signal.addEventListener('abort', resolve, { once: true })
    poller = mine
    try {
      await promise
    } finally {
      clearTimeout(timer)
      if (poller === mine) poller = undefined
    }
  }

  return {
    add: update => {
      if (!wanted(update)) return undefined
      const id = update.update_id ?? lastId + 1
      const complete = { ...update, update_id: id }
      if (id > lastId) {
        lastId = id
        waiting.push(complete)
      } else repeats.push(complete)
      poller?.wake()
      for (const callback of added) callback()
      return complete
    },
    poll: async ({ offset, limit, timeoutMs, signal }) => {
      interrupt(otherGetUpdates)
      waiting = offset < 0 ? waiting.slice(offset) : waiting.filter(update => update.update_id >= offset)
      const ready = take(limit)
      if (ready.length > 0 || timeoutMs === 0 || signal.aborted) return ready
      await waitForUpdate(timeoutMs, signal)
      return signal.aborted ? [] : take(limit)
    },
    pending: () => [...repeats, ...waiting],
    confirm: update => {
      waiting = waiting.filter(one => one !== update)
      repeats = repeats.filter(one => one !== update)
    },
    clear: () => {
      waiting = []
      repeats = []
    },
    allow: types => {
      allowed = types
    },
    allowed: () => allowed,
    isPolled: () => poller !== undefined,
    interrupt,
    onAdded: callback => void added.push(callback),
  }
}

/** What `Promise.withResolvers` gives, which Node 20 does not have. */
function createPromise() {
  let resolve: () => void = () => undefined
  let reject: (err: BotApiRefusal) => void = () => undefined
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = () => onResolve()
    reject = onReject
  })
  return { promise, resolve, reject }
}
