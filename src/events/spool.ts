import { mkdirSync, readdirSync } from 'node:fs'
import { appendFile, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Batch } from './event-store.ts'
import type { Fact } from './facts.ts'

/** Batches of facts waiting on disk, oldest first. One process per directory. */
export interface Spool {
  /** Durable when it resolves: written, synced, renamed, and the directory synced. Rejects when the disk refuses. */
  add(batch: Batch): Promise<void>
  /** The oldest batch, or null. A damaged file is set aside as `*.unreadable`; rejects when the disk does not read. */
  oldest(): Promise<Batch | null>
  /** Forgets the batch `oldest` gave. A file the disk does not let go of is applied again at the next start: a no-op. */
  remove(batch: Batch): Promise<void>
  /** Sets facts aside that the database refuses for good, with the reason, in `refused.ndjson`. */
  refuse(fact: Fact, reason: string): Promise<void>
  /** Facts waiting. */
  size(): number
  /** Calls back with the number of facts in a damaged file. */
  onUnreadable(callback: (facts: number) => void): void
}

/** Opens the spool below `dataDir` and takes over what an earlier process left there. */
export function createSpool(dataDir: string): Spool {
  let onUnreadable: (facts: number) => void = () => undefined
  const dir = join(dataDir, 'spool', 'events')
  mkdirSync(dir, { recursive: true })
  // the name says the order and how many facts are inside: 000000000042-17-<batch id>.json
  const pattern = /^(\d{12})-(\d+)-([0-9a-f-]{36})\.json$/
  const names = readdirSync(dir)
    .filter(name => pattern.test(name))
    .sort()
  let sequence = Number(pattern.exec(names.at(-1) ?? '')?.[1] ?? 0)
  const countOf = (name: string) => Number(pattern.exec(name)?.[2] ?? 0)
  let waiting = names.reduce((sum, name) => sum + countOf(name), 0)

  const forget = (name: string) => {
    names.splice(names.indexOf(name), 1)
    waiting -= countOf(name)
  }

  return {
    onUnreadable: callback => {
      onUnreadable = callback
    },
    add: async ({ id, facts }) => {
      const name = `${String(++sequence).padStart(12, '0')}-${facts.length}-${id}.json`
      const temporary = join(dir, `${name}.tmp`)
      try {
        await writeDurably(temporary, JSON.stringify(facts))
        await rename(temporary, join(dir, name))
        await syncDirectory(dir)
      } catch (err) {
        await rm(temporary, { force: true })
        throw err
      }
      names.push(name)
      waiting += facts.length
    },
    oldest: async () => {
      for (;;) {
        const name = names[0]
        if (name === undefined) return null
        const text = await readFile(join(dir, name), 'utf8')
        try {
          return { id: pattern.exec(name)?.[3] ?? '', facts: parseFacts(text) }
        } catch {
          onUnreadable(countOf(name))
          forget(name)
          await rename(join(dir, name), join(dir, `${name}.unreadable`))
        }
      }
    },
    remove: async batch => {
      const name = names.find(n => n.includes(batch.id))
      if (name === undefined) return
      forget(name)
      await rm(join(dir, name), { force: true })
    },
    refuse: (fact, reason) =>
      appendFile(join(dir, 'refused.ndjson'), `${JSON.stringify({ reason, fact })}\n`, { mode: 0o600 }),
    size: () => waiting,
  }
}

/** What `add` wrote; the times come back as Date. */
const parseFacts = (text: string): Fact[] => JSON.parse(text, (key, value) => (key === 'at' ? new Date(value) : value))

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
