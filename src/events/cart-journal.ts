import { join } from 'node:path'
import { diskFiles, type Files, type FilesAtStart } from '../process/files.ts'
import { writeDurably } from './durable-file.ts'
import { readFact } from './fact-codec.ts'
import type { CartFact } from './facts.ts'

/**
 * Carts that were made and not yet shown, on disk. PostgreSQL may be unavailable, or hang with the cart, when its message
 * is delivered again after a kill: then this is where the answer is. Never rejects: without the disk a cart is still a cart.
 */
export interface CartJournal {
  add(fact: CartFact): Promise<void>
  /** The cart that the message with this fact id led to, or was answered with. */
  find(messageFactId: string): Promise<CartFact | null>
  /** The message was answered. */
  remove(messageFactId: string): Promise<void>
  /** Removes the carts of a user. */
  erase(userId: number): Promise<void>
}

/** Telegram keeps what was not confirmed for 24 hours: after that no message comes again. */
export const keptMs = 24 * 3_600_000

/** Opens the journal below `dataDir` and takes over what an earlier process left there. */
export function createCartJournal(dataDir: string, now: () => Date, files: Files = diskFiles): CartJournal {
  const dir = join(dataDir, 'spool', 'carts')
  const pathOf = (messageFactId: string) => join(dir, `${messageFactId}.json`)
  const carts = openJournal(dir, now, files.sync)
  const remove = async (messageFactId: string) => {
    if (!carts.delete(messageFactId)) return
    for (const [id, { answeredBy }] of [...carts]) if (answeredBy === messageFactId) carts.delete(id)
    await files.remove(pathOf(messageFactId)).catch(() => undefined)
  }

  return {
    remove,
    add: async fact => {
      enter(carts, fact)
      await writeDurably(pathOf(fact.messageFactId), JSON.stringify(fact), files)
        .then(() => files.syncDirectory(dir))
        .catch(() => undefined)
    },
    find: async messageFactId => {
      const entry = carts.get(messageFactId)
      if (entry === undefined) return null
      return readCart(await files.read(pathOf(entry.answeredBy)).catch(() => ''))
    },
    erase: async userId => {
      for (const [messageFactId, entry] of [...carts]) if (entry.userId === userId) await remove(messageFactId)
    },
  }
}

interface Entry {
  userId: number
  /** The message that asked for the cart; its file has that name. */
  answeredBy: string
}

function enter(carts: Map<string, Entry>, { userId, messageFactId, alsoAnswers = [] }: CartFact): void {
  for (const id of [messageFactId, ...alsoAnswers]) carts.set(id, { userId, answeredBy: messageFactId })
}

/** The carts in the folder, by message; drops what is too old, unfinished or no cart. */
function openJournal(dir: string, now: () => Date, files: FilesAtStart): Map<string, Entry> {
  const carts = new Map<string, Entry>()
  try {
    files.makeFolder(dir)
    for (const name of files.list(dir)) {
      const path = join(dir, name)
      const age = now().getTime() - (files.describe(path)?.modifiedAt.getTime() ?? 0)
      const isFresh = age < keptMs
      const fact = name.endsWith('.json') && isFresh ? readCart(files.read(path)) : null
      if (fact !== null) enter(carts, fact)
      else files.remove(path)
    }
  } catch {
    return carts // the spool beside it says what is wrong with the disk
  }
  return carts
}

/** Null for what is no cart. */
export function readCart(text: string): CartFact | null {
  try {
    const fact = readFact(JSON.parse(text))
    return fact?.kind === 'cart' ? fact : null
  } catch {
    return null
  }
}
