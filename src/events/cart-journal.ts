import { join } from 'node:path'
import { type AppendFile, diskFiles, type Files, type FilesAtStart } from '../process/files.ts'
import { createTurns } from '../process/in-turn.ts'
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
  close(): Promise<void>
}

/** Telegram keeps what was not confirmed for 24 hours: after that no message comes again. */
export const keptMs = 24 * 3_600_000
/** Lines of answered carts that may gather in the file while others are in flight. */
const answeredLines = 1_000

/**
 * Opens the journal below `dataDir` and takes over what an earlier process left there. It is one file, open all the time:
 * carts made at the same time are appended with one sync, and it is emptied whenever all that are in it have been shown.
 */
export function createCartJournal(dataDir: string, now: () => Date, files: Files = diskFiles): CartJournal {
  const dir = join(dataDir, 'spool', 'carts')
  const path = join(dir, 'carts.ndjson')
  const isFresh = ({ at }: CartFact) => now().getTime() - at.getTime() < keptMs
  /** By each message that they answer. */
  const carts = openJournal(dir, path, isFresh, files.sync)
  const inTurn = createTurns()
  let file: AppendFile | null = null
  let linesInFile = carts.size
  let waiting: string[] = []
  let writing: Promise<void> | null = null

  const open = async (): Promise<AppendFile> => {
    const opened = await files.openAppend(path)
    await files.syncDirectory(dir)
    return opened
  }
  /** After it, or after a failure, the file is opened anew. */
  const close = async () => {
    const closing = file
    file = null
    await closing?.close().catch(() => undefined)
  }
  /** Writes the lines that gather until the disk is free. */
  const write = () => {
    writing ??= inTurn(async () => {
      writing = null
      const lines = waiting
      waiting = []
      file ??= await open()
      linesInFile += lines.length
      await file.append(toText(lines))
    }).catch(close)
    return writing
  }
  const clear = () =>
    inTurn(async () => {
      if (carts.size > 0 || linesInFile === 0) return
      file ??= await open()
      await file.clear()
      linesInFile = 0
    }).catch(close)
  const rewrite = () =>
    inTurn(async () => {
      for (const [id, fact] of carts) if (!isFresh(fact)) carts.delete(id)
      await close()
      const lines = [...new Set(carts.values())].map(fact => JSON.stringify(fact))
      await writeDurably(path, toText(lines), files)
      await files.syncDirectory(dir)
      linesInFile = lines.length
    }).catch(() => undefined)
  /** Removes from the file what was answered or erased. */
  const shrink = () => (carts.size === 0 ? clear() : rewrite())

  return {
    add: fact => {
      enter(carts, fact)
      waiting.push(JSON.stringify(fact))
      return write()
    },
    find: async messageFactId => carts.get(messageFactId) ?? null,
    remove: async messageFactId => {
      if (!drop(carts, messageFactId)) return
      const isLong = linesInFile > answeredLines + 4 * carts.size
      if (carts.size === 0 || isLong) return shrink()
      // before the update is dealt with: after a kill nothing would ask for this cart again, and it would stay
      waiting.push(JSON.stringify({ answered: messageFactId }))
      await write()
    },
    erase: async userId => {
      const before = carts.size
      for (const [id, fact] of carts) if (fact.userId === userId) carts.delete(id)
      // what was shown may be in the file still
      if (carts.size < before || linesInFile > 0) await shrink()
    },
    close: () => inTurn(close),
  }
}

function enter(carts: Map<string, CartFact>, fact: CartFact): void {
  for (const id of [fact.messageFactId, ...(fact.alsoAnswers ?? [])]) carts.set(id, fact)
}

/** Drops the cart that was answered for a message, for all its messages when that one asked for it; false if there is none. */
function drop(carts: Map<string, CartFact>, messageFactId: string): boolean {
  const fact = carts.get(messageFactId)
  if (fact === undefined) return false
  carts.delete(messageFactId)
  if (fact.messageFactId === messageFactId) for (const id of fact.alsoAnswers ?? []) carts.delete(id)
  return true
}

/** A line that a kill has cut ends where the next ones begin. */
const toText = (lines: readonly string[]): string => lines.map(line => `\n${line}`).join('')

/** The carts in the file, by message; drops what is too old, cut off or no cart, and every other file of the folder. */
function openJournal(
  dir: string,
  path: string,
  isFresh: (fact: CartFact) => boolean,
  files: FilesAtStart,
): Map<string, CartFact> {
  const carts = new Map<string, CartFact>()
  try {
    files.makeFolder(dir)
    for (const name of files.list(dir)) {
      if (join(dir, name) !== path) files.remove(join(dir, name))
      else for (const line of files.read(path).split('\n')) takeOver(carts, line)
    }
    for (const [id, fact] of carts) if (!isFresh(fact)) carts.delete(id)
    if (carts.size === 0) files.remove(path)
  } catch {
    return carts // the spool beside it says what is wrong with the disk
  }
  return carts
}

function takeOver(carts: Map<string, CartFact>, line: string): void {
  const fact = readCart(line)
  const answered = /^\{"answered":"([0-9a-f-]+)"\}$/.exec(line)?.[1]
  if (fact !== null) enter(carts, fact)
  else if (answered !== undefined) drop(carts, answered)
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
