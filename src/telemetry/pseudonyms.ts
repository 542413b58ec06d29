import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** Where pseudonyms are stored. */
export interface PseudonymSource {
  /** The stored pseudonym of a user; `candidate` becomes it when there is none; undefined of somebody not registered. */
  resolve(userId: number, candidate: string): Promise<string | undefined>
}

export interface Pseudonyms {
  /** The name of a user in log lines: 16 characters, random. Never rejects; a promise only when the source is asked. */
  of(userId: number): string | Promise<string>
  /** The same without waiting: one made here when the stored one is not known. */
  ofNow(userId: number): string
  /** The user was erased: what follows must not stand under the old name. */
  forget(userId: number): void
  /** From now on stored pseudonyms are asked for. */
  connect(source: PseudonymSource): void
}

interface Entry {
  pseudonym: string
  isStored: boolean
  /** Until when it is used without asking, by the clock of the process; 0: it is not the stored one yet. */
  freshUntil: number
}

/** How long an erasure in another process may go unnoticed. */
const storedForMs = 60_000
const patienceMs = 1_000
/** After a failure nobody is asked for so long: a database that hangs must not delay every line. */
const pauseMs = 5_000
const maxUsers = 20_000

/**
 * Pseudonyms of users for log lines, random and stored in PostgreSQL, one row a user. While the database is unavailable a
 * known user keeps the pseudonym; an unknown one gets a random one of this process, which becomes the stored one if they
 * have none, and otherwise stays a name that leads to nobody: the safe side.
 */
export function createPseudonyms(clock: () => number = () => performance.now()): Pseudonyms {
  const entries = new LRUCache<number, Entry>({ max: maxUsers })
  const asking = new Map<number, Promise<string>>()
  let source: PseudonymSource | undefined
  let pausedUntil = Number.NEGATIVE_INFINITY

  const remember = (userId: number, pseudonym: string, isStored: boolean): string => {
    entries.set(userId, { pseudonym, isStored, freshUntil: isStored ? clock() + storedForMs : 0 })
    return pseudonym
  }
  const ofNow = (userId: number) => entries.get(userId)?.pseudonym ?? remember(userId, newPseudonym(), false)

  async function ask(from: PseudonymSource, userId: number, isCurrent: () => boolean): Promise<string> {
    const known = entries.get(userId)
    const candidate = known === undefined || known.isStored ? newPseudonym() : known.pseudonym
    try {
      const stored = await within(patienceMs, from.resolve(userId, candidate))
      return isCurrent() ? remember(userId, stored ?? candidate, stored !== undefined) : (stored ?? candidate)
    } catch {
      pausedUntil = clock() + pauseMs
      return ofNow(userId)
    }
  }

  return {
    of(userId) {
      const known = entries.get(userId)
      if (known !== undefined && clock() < known.freshUntil) return known.pseudonym
      if (source === undefined || clock() < pausedUntil) return ofNow(userId)
      const under = asking.get(userId)
      if (under !== undefined) return under
      const isCurrent = () => asking.get(userId) === pending
      const pending: Promise<string> = ask(source, userId, isCurrent).finally(() => {
        if (isCurrent()) asking.delete(userId)
      })
      asking.set(userId, pending)
      return pending
    },
    ofNow,
    forget(userId) {
      entries.delete(userId)
      asking.delete(userId)
    },
    connect(given) {
      source = given
    },
  }
}

/** Crockford's base32 in lower case: 80 bits. */
function newPseudonym(): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  return [...randomBytes(16)].map(byte => alphabet.charAt(byte & 31)).join('')
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new RangeError(`no answer within ${ms} ms`)), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
