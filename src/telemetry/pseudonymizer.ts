import { type LineFields, userFields } from './log-line.ts'
import type { Pseudonyms } from './pseudonyms.ts'

/**
 * Replaces user ids in log lines by pseudonyms. A line whose pseudonym must be loaded is held until it is known, for one
 * second at most; the lines of one user keep their order.
 */
export function createPseudonymizer(pseudonyms: Pseudonyms) {
  const held = new Set<{ line: LineFields; write: (wasHeld: boolean) => void }>()
  let waiting = Promise.resolve()

  const fill = (line: LineFields, of: (userId: number) => string | Promise<string>): Promise<void> | undefined => {
    const pending: Promise<void>[] = []
    for (const field of userFields) {
      const userId = line[field]
      if (typeof userId !== 'number') continue
      const found = of(userId)
      const put = (pseudonym: string) => {
        line[field] = pseudonym
      }
      if (typeof found === 'string') put(found)
      else pending.push(found.then(put))
    }
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined)
  }

  return {
    /** Calls `write` once the line has no user id: immediately with false, or later with true. */
    withPseudonyms(line: LineFields, write: (wasHeld: boolean) => void): void {
      const pending = fill(line, pseudonyms.of)
      if (pending === undefined) {
        write(false)
        return
      }
      const entry = { line, write }
      held.add(entry)
      const done = pending.then(() => {
        if (held.delete(entry)) write(true)
      })
      waiting = Promise.all([waiting, done]).then(() => undefined)
    },
    /** Resolves when all lines given so far are written. */
    settled: (): Promise<void> => waiting,
    /** Writes the held lines without waiting, when the process ends. */
    release(): void {
      for (const entry of held) {
        held.delete(entry)
        void fill(entry.line, pseudonyms.ofNow)
        entry.write(true)
      }
    },
  }
}
