import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files below a data directory that should not be there once nothing waits: facts, halves of files, quarantined ones. */
export function undelivered(dataDir: string, isAllowed: (path: string) => boolean = () => false): string[] {
  const spool = join(dataDir, 'spool')
  const waiting = existsSync(spool) ? filesBelow(spool).filter(path => !isEmptyJournal(path)) : []
  const halves = existsSync(dataDir) ? filesBelow(dataDir).filter(path => path.endsWith('.tmp')) : []
  return [...new Set([...waiting, ...halves])].filter(path => !isAllowed(path))
}

/** The journal of carts stays open: it is emptied, not removed. */
const isEmptyJournal = (path: string) => path.endsWith(join('carts', 'carts.ndjson')) && statSync(path).size === 0

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
