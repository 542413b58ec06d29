import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readCart } from '../../src/events/cart-journal.ts'

/** Files below a data directory that should not be there once nothing waits: facts, halves of files, quarantined ones. */
export function undelivered(dataDir: string, isAllowed: (path: string) => boolean = () => false): string[] {
  const spool = join(dataDir, 'spool')
  const waiting = existsSync(spool) ? filesBelow(spool).filter(path => !isEmptyJournal(path)) : []
  const halves = existsSync(dataDir) ? filesBelow(dataDir).filter(path => path.endsWith('.tmp')) : []
  return [...new Set([...waiting, ...halves])].filter(path => !isAllowed(path))
}

/** The journal of carts stays open: it is emptied, not removed. */
const isEmptyJournal = (path: string) => isJournal(path) && statSync(path).size === 0

const isJournal = (path: string) => path.endsWith(join('carts', 'carts.ndjson'))

/**
 * Whether it is the journal of carts, with none but those with these ids: that a cart was shown is written with the next one, so a
 * kill leaves it there, for a day at most.
 */
export function holdsOnlyCarts(path: string, ids: ReadonlySet<string>): boolean {
  if (!isJournal(path)) return false
  const carts = readFileSync(path, 'utf8')
    .split('\n')
    .flatMap(line => readCart(line) ?? [])
  return carts.every(({ id }) => ids.has(id))
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
