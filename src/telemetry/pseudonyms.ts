import { randomBytes } from 'node:crypto'
import { createLatestEntries } from '../process/latest-entries.ts'

/** Store of pseudonyms. */
export interface PseudonymSource {
  /** Resolves to the stored pseudonym of a user, storing `candidate` if there is none; undefined if the user is not registered. */
  resolve(userId: number, candidate: string): Promise<string | undefined>
}

export interface Pseudonyms {
  /** Pseudonym of a user in log lines: 16 random characters. Never rejects; a promise only if the source is queried. */
  of(userId: number): string | Promise<string>
  /** The same without waiting; a new one if the stored one is not known. */
  ofNow(userId: number): string
  /** Drops the pseudonym of an erased user: later lines must not carry it. */
  invalidate(userId: number): void
  /** Sets the source to query from now on. */
  connect(source: PseudonymSource): void
}

interface Entry {
  pseudonym: string
  isStored: boolean
  /** Used without a query until then, by the clock of the process; 0 if it is not the stored one. */
  freshUntil: number
}

/** Bounds how long an erasure in another process goes unnoticed. */
const storedForMs = 60_000
const timeoutMs = 1_000
/** No queries for so long after a failure: a hanging database must not delay every line. */
const pauseMs = 5_000
const maxUsers = 20_000

/**
 * Pseudonyms of users for log lines: random, stored in PostgreSQL, one row a user. While the database is unavailable a known
 * user keeps the pseudonym; an unknown one gets a random one of this process. That becomes the stored one if the user has
 * none; otherwise it cannot be traced to a user, which is the safe side.
 */
export function createPseudonyms(clock: () => number = () => performance.now()): Pseudonyms {
  const entries = createLatestEntries<number, Entry>(maxUsers)
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
      const stored = await within(timeoutMs, from.resolve(userId, candidate))
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
    invalidate(userId) {
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
