import { join } from 'node:path'
import type { Files } from '../process/files.ts'
import { createTurns } from '../process/in-turn.ts'
import { writeDurably } from './durable-file.ts'
import { deadLetterFile, isQuarantined, withoutUser } from './quarantined.ts'

/** Facts that will not be tried again, with the reason, in `dead-letter.ndjson` beside the spool and in `*.quarantined`. */
export function createQuarantine(dir: string, files: Files) {
  // an erasure rewrites what an addition appends to
  const inTurn = createTurns()

  return {
    /** Durable when it resolves. Rejects when the disk refuses. */
    add: (fact: unknown, reason: string): Promise<void> =>
      inTurn(async () => {
        await files.append(join(dir, deadLetterFile), `${JSON.stringify({ reason, fact })}\n`)
        await files.syncDirectory(dir)
      }),
    /** Removes a user's facts from every quarantined file, and their number from what cannot be read as facts. */
    erase: (userId: number): Promise<void> =>
      inTurn(async () => {
        for (const name of (await files.list(dir)).filter(isQuarantined)) {
          const text = await files.read(join(dir, name)).catch(() => '') // a folder holds no facts of ours
          const kept = withoutUser(text, userId)
          if (kept !== text) await writeDurably(join(dir, name), kept, files)
        }
      }),
  }
}
