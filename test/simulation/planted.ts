import { sqlState } from '../../src/db/database-error.ts'
import { UpstreamError } from '../../src/errors.ts'
import type { Batch } from '../../src/events/event-store.ts'
import { turnScript } from '../../src/shop/shared-pace.ts'
import type { Policies } from './bot.ts'
import type { PacePolicies } from './pace.ts'

/** Faults of ours that a simulation must find: each replaces one dependency by one that breaks a rule. */
export const plantedFaults = {
  'order is not kept': {
    inboxStore: store => ({
      ...store,
      put: async (update, takes, fence) => {
        await store.put(update, takes, fence)
        const { userId, updateId } = update
        return [{ userId, updateId, body: null, waitedMs: 0, shownMessage: null }] // whichever process works for the user
      },
    }),
  },
  'XX000 is refused permanently': {
    eventStore: store => ({
      ...store,
      apply: batch =>
        store.apply(batch).catch((err: unknown) => {
          if (sqlState(err) !== 'XX000') throw err
          throw new UpstreamError('postgres', null, 'an internal error', false, err)
        }),
    }),
  },
  'a batch id is used twice': {
    newId: fresh => {
      const used: string[] = []
      return () => {
        const id = used.length < 2 ? fresh() : (used[0] ?? fresh())
        used.push(id)
        return id
      }
    },
  },
  'a lease never ends': {
    inboxStore: store => ({ ...store, take: (_leaseMs, users, fence) => store.take(1e12, users, fence) }),
  },
  'what was given up hands out': {
    inboxStore: store => ({ ...store, put: (update, takes) => store.put(update, takes, Number.MAX_SAFE_INTEGER) }),
  },
  'the head of the spool blocks': {
    spool: spool => {
      let head: Batch | null = null
      const isOpen = (held: ReadonlySet<number>) => head === null || head.facts.some(({ userId }) => !held.has(userId))
      return {
        ...spool,
        // the oldest or none: those behind a fact that fails wait with it
        next: async (held = new Set()) => {
          head = await spool.next()
          return isOpen(held) ? head : null
        },
        hasNext: held => spool.size() > 0 && isOpen(held),
        replace: async (batch, parts) => {
          await spool.replace(batch, parts)
          head = null
        },
      }
    },
  },
} satisfies Record<string, Partial<Policies>>

/** The same for what processes share through Redis. */
export const plantedPaceFaults = {
  'a lease of streams never ends': { leaseMs: 1e9 },
  'each process has the streams for itself': {
    redis: () => ({ run: () => Promise.reject(new Error('no Redis')), isDown: () => true }),
  },
  'each process has the pace for itself': {
    redis: redis => ({ ...redis, run: async (...what) => (what[0] === turnScript ? [0, 0] : redis.run(...what)) }),
  },
} satisfies Record<string, Partial<PacePolicies>>
