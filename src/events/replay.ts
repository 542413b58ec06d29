import { appendFile, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { v4, v5 } from 'uuid'
import { errorMessage } from '../errors.ts'
import { isRejection, mayConcernOneFact } from './batches.ts'
import { catalogue } from './catalogue.ts'
import type { Batch, EventStore } from './event-store.ts'
import { readFact, readSpoolFile } from './fact-codec.ts'
import type { Fact } from './facts.ts'
import { deadLetterFile, isQuarantined } from './quarantined.ts'
import { idOf } from './spool-names.ts'

export interface ReplayDeps {
  dataDir: string
  /** Null for a dry run: nothing is stored, moved or removed. */
  store: Pick<EventStore, 'apply'> | null
  /** When the user was last erased; what happened before that is not brought back. */
  erasedAt(userId: number): Promise<Date | null>
}

export interface ReplayResult {
  /** Facts that PostgreSQL has now, or had before. */
  stored: number
  /** Facts of users erased since; dropped. */
  erased: number
  /** Facts that stay quarantined, by reason; in a dry run those that would be tried. */
  remaining: Map<string, number>
  /** Files without a readable fact, which are left alone. */
  unreadable: string[]
}

interface Letter {
  reason: string
  fact: unknown
}

/**
 * Puts quarantined facts through again, each under an id that is always the same: however often, and wherever it is
 * interrupted, none is applied twice. A running bot is not disturbed: its file is claimed by a rename, and what remains is
 * appended to the one it began since. Rejects when PostgreSQL cannot take facts now; nothing is lost then.
 */
export async function replayFacts({ dataDir, store, erasedAt }: ReplayDeps): Promise<ReplayResult> {
  const dir = join(dataDir, 'spool', 'events')
  const result: ReplayResult = { stored: 0, erased: 0, remaining: new Map(), unreadable: [] }
  const remain = (reason: string) => void result.remaining.set(reason, (result.remaining.get(reason) ?? 0) + 1)

  /** Null when the fact is settled, else the reason why it stays. */
  const replayOne = async ({ fact: given, reason }: Letter): Promise<string | null> => {
    const fact = readFact(given)
    if (fact === null) return 'not a fact'
    if (fact.kind === 'event' && !catalogue[fact.eventType].metadata.safeParse(fact.metadata).success)
      return reason.startsWith('undeclared') ? reason : 'undeclared'
    if (store === null) return reason
    const erased = await erasedAt(fact.userId)
    if (erased !== null && erased > fact.at) {
      result.erased += 1
      return null
    }
    return apply(store, { id: replayId(fact), facts: [fact] })
  }
  const apply = async (to: Pick<EventStore, 'apply'>, batch: Batch): Promise<string | null> => {
    try {
      await to.apply(batch)
      result.stored += batch.facts.length
      return null
    } catch (err) {
      if (!isRejection(err, batch) && !mayConcernOneFact(err)) throw err
      return errorMessage(err)
    }
  }

  /** A batch whose file could not be used at first may be in PostgreSQL: under its own id it is known there. */
  const replayBatch = async (batch: Batch): Promise<Letter[]> => {
    const letters = batch.facts.map(fact => ({ reason: 'its spool file could not be used', fact }))
    if (store === null) return letters
    for (const { userId } of batch.facts) if ((await erasedAt(userId)) !== null) return letters
    return (await apply(store, batch)) === null ? [] : letters
  }
  const replayFile = async ({ batches, letters }: QuarantinedFile, left: Letter[]) => {
    for (let batch = batches[0]; batch !== undefined; batch = batches[0]) {
      letters.push(...(await replayBatch(batch)))
      batches.shift()
    }
    for (let letter = letters[0]; letter !== undefined; letter = letters[0]) {
      const reason = await replayOne(letter)
      letters.shift()
      if (reason === null) continue
      remain(reason)
      left.push({ reason, fact: letter.fact })
    }
  }

  for (const name of await namesIn(dir)) {
    const path = await claim(dir, name, store === null)
    const file = await readQuarantined(path, name)
    if (file === null) {
      result.unreadable.push(path)
      continue
    }
    const left: Letter[] = []
    try {
      await replayFile(file, left)
    } finally {
      // while a batch may still be in doubt its file stays as it is, and is known by its ids the next time
      if (store !== null && file.batches.length === 0) {
        const lines = [...left, ...file.letters].map(letter => `${JSON.stringify(letter)}\n`)
        if (lines.length > 0) await appendFile(join(dir, deadLetterFile), lines.join(''), { mode: 0o600 })
        await rm(path)
      }
    }
  }
  return result
}

const namespace = '7a0c1c39-6a4c-4f0b-9a55-0f6f3a7c5a10'
const replayId = ({ kind, id, at }: Fact): string => v5(`${kind}/${id}/${at.toISOString()}`, namespace)

async function namesIn(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter(isQuarantined).sort()
  } catch {
    return [] // no bot has run with this DATA_DIR
  }
}

/** Renames the file that a running bot appends to; the other files have no writer. */
async function claim(dir: string, name: string, isDryRun: boolean): Promise<string> {
  if (isDryRun || name !== deadLetterFile) return join(dir, name)
  const claimed = join(dir, `dead-letter-${v4()}.ndjson`)
  await rename(join(dir, name), claimed)
  return claimed
}

interface QuarantinedFile {
  batches: Batch[]
  letters: Letter[]
}

/** What a quarantined file holds; null when not one fact can be read from it. */
async function readQuarantined(path: string, name: string): Promise<QuarantinedFile | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  if (name.endsWith('.ndjson')) {
    return { batches: [], letters: text.split('\n').flatMap(line => (line === '' ? [] : letterOf(line))) }
  }
  const file = readSpoolFile(text, idOf(name.replace(/(?:\.tmp)?\.quarantined$/, '')))
  return file && { batches: file.batches, letters: file.others.map(fact => ({ reason: 'not a fact', fact })) }
}

function letterOf(line: string): Letter {
  try {
    const { reason, fact } = JSON.parse(line)
    return { reason: typeof reason === 'string' ? reason : 'unknown', fact }
  } catch {
    return { reason: 'a damaged line', fact: line }
  }
}
