import type { Update } from 'grammy/types'
import type { Log } from '../../telemetry/log.ts'
import type { InboxCipher } from './inbox-cipher.ts'
import type { InFlight } from './inbox-in-flight.ts'
import { type HandedUpdate, nameOf } from './inbox-store.ts'

export interface HandedUpdatesDeps {
  cipher: Pick<InboxCipher, 'open'>
  give: InFlight['give']
  /** This process works for a user who may have waited; resolves to what it has shown them, undefined when it has shown nothing. */
  onTaken?: ((userId: number) => Promise<ShownWait> | undefined) | undefined
  /** Whether what is handed now is for other processes. */
  leavesTheRest(): boolean
  /** An update waits for an earlier one: it is time to ask for that soon. */
  onEarly(): void
  log: Log
  elapsedMs: () => number
}

/** What shows a user that an update waits. */
export interface ShownWait {
  updateId: number
  messageId: number | null
  /** Removes it, unless the process that has the update takes it over. */
  drop(): void
}

/** What PostgreSQL has handed to this process and is not given yet: it is its turn when what came before of the same user was given. */
export interface HandedUpdates {
  add(handed: readonly HandedUpdate[]): void
  /** Gives what has come for a user in the order of what happened; `given` is the update whose body PostgreSQL did not send back. */
  giveAll(userId: number, given?: Update): Promise<void>
  /** Whether a stored update, of this user or of any, waits here for an earlier one. */
  hasEarly(userId?: number): boolean
}

/** PostgreSQL hands such an update after inbox_longest_wait(); after this long it went to another process. */
const earlyForMs = 5_000

export function createHandedUpdates(deps: HandedUpdatesDeps): HandedUpdates {
  const { cipher, give, leavesTheRest, onEarly, log, elapsedMs } = deps
  /** Stored updates that wait for earlier ones, and since when. */
  const early = new Map<string, { userId: number; since: number }>()
  const came = new Map<number, HandedUpdate[]>()

  const giveStored = ({ userId, updateId, body, waitedMs, shownMessage }: HandedUpdate, given: Update | undefined) => {
    const key = nameOf({ userId, updateId })
    if (waitedMs === null) {
      early.set(key, { userId, since: elapsedMs() })
      onEarly()
      return
    }
    early.delete(key)
    const before = { waitedMs, shownMessage }
    if (body === null && given !== undefined) return void give(given, userId, before, true)
    try {
      void give(cipher.open(body ?? Buffer.alloc(0), userId, updateId), userId, before, false)
    } catch (err) {
      log.error('update_failed', { update_type: 'other', err }) // it stays: another key may open it
    }
  }

  return {
    add: handed => {
      for (const update of handed) came.set(update.userId, [...(came.get(update.userId) ?? []), update])
    },
    giveAll: async (userId, given) => {
      if (!came.has(userId)) return
      const ending = deps.onTaken?.(userId)
      const shown = ending && (await ending)
      const handed = came.get(userId) ?? []
      came.delete(userId)
      if (leavesTheRest()) return
      if (shown !== undefined && handed.every(({ updateId }) => updateId !== shown.updateId)) shown.drop()
      for (const update of handed.sort((a, b) => a.updateId - b.updateId)) {
        const messageId = shown?.updateId === update.updateId ? shown.messageId : null
        giveStored({ ...update, shownMessage: update.shownMessage ?? messageId }, given)
      }
    },
    hasEarly: userId => {
      for (const [key, { since }] of early) if (elapsedMs() - since > earlyForMs) early.delete(key)
      return userId === undefined ? early.size > 0 : [...early.values()].some(of => of.userId === userId)
    },
  }
}
