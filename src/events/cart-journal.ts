import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory, writeDurably } from './durable-file.ts'
import { readFact } from './fact-codec.ts'
import type { CartFact } from './facts.ts'

/**
 * Carts that were made and not yet shown, on disk. PostgreSQL may be unavailable, or hang with the cart, when its message
 * is delivered again after a kill: then this is where the answer is. Never rejects: without the disk a cart is still a cart.
 */
export interface CartJournal {
  add(fact: CartFact): Promise<void>
  /** The cart that the message with this fact id led to. */
  find(messageFactId: string): Promise<CartFact | null>
  /** The message was answered. */
  remove(messageFactId: string): Promise<void>
  /** Removes the carts of a user. */
  erase(userId: number): Promise<void>
}

/** Telegram keeps what was not confirmed for 24 hours: after that no message comes again. */
const keptMs = 24 * 3_600_000

/** Opens the journal below `dataDir` and takes over what an earlier process left there. */
export function createCartJournal(dataDir: string, now: () => Date): CartJournal {
  const dir = join(dataDir, 'spool', 'carts')
  const pathOf = (messageFactId: string) => join(dir, `${messageFactId}.json`)
  const users = openJournal(dir, now)
  const remove = async (messageFactId: string) => {
    if (users.delete(messageFactId)) await rm(pathOf(messageFactId), { force: true }).catch(() => undefined)
  }

  return {
    remove,
    add: async fact => {
      users.set(fact.messageFactId, fact.userId)
      await writeDurably(pathOf(fact.messageFactId), JSON.stringify(fact))
        .then(() => syncDirectory(dir))
        .catch(() => undefined)
    },
    find: async messageFactId => {
      if (!users.has(messageFactId)) return null
      return readCart(await readFile(pathOf(messageFactId), 'utf8').catch(() => ''))
    },
    erase: async userId => {
      for (const [messageFactId, owner] of [...users]) if (owner === userId) await remove(messageFactId)
    },
  }
}

/** Whose the carts in the folder are, by message; drops what is too old, unfinished or no cart. */
function openJournal(dir: string, now: () => Date): Map<string, number> {
  const users = new Map<string, number>()
  try {
    mkdirSync(dir, { recursive: true })
    for (const name of readdirSync(dir)) {
      const path = join(dir, name)
      const isFresh = now().getTime() - statSync(path).mtimeMs < keptMs
      const fact = name.endsWith('.json') && isFresh ? readCart(readFileSync(path, 'utf8')) : null
      if (fact !== null) users.set(fact.messageFactId, fact.userId)
      else rmSync(path, { recursive: true, force: true })
    }
  } catch {
    return users // the spool beside it says what is wrong with the disk
  }
  return users
}

function readCart(text: string): CartFact | null {
  try {
    const fact = readFact(JSON.parse(text))
    return fact?.kind === 'cart' ? fact : null
  } catch {
    return null
  }
}
