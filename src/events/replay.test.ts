import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UpstreamError } from '../errors.ts'
import type { Batch } from './event-store.ts'
import { replayFacts } from './replay.ts'

const at = new Date('2026-03-10T09:00:00Z')
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const search = (n: number, metadata: object = { query: 'сыр', results_count: 1, had_results: true }, userId = n) => ({
  kind: 'event',
  id: uuid(n),
  userId,
  at,
  requestId: null,
  eventType: 'product_search',
  metadata,
})
const letter = (fact: unknown, reason = 'SQLSTATE 22003') => `${JSON.stringify({ reason, fact })}\n`

/** A folder of quarantined files and a database that knows the batches it had. */
function setup(files: Record<string, string>) {
  const dataDir = mkdtempSync(join(tmpdir(), 'replay-'))
  const dir = join(dataDir, 'spool', 'events')
  mkdirSync(dir, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const known = new Set<string>()
  const stored: number[] = []
  let fails: (n: number) => Error | null = () => null
  const apply = async ({ id, facts }: Batch) => {
    const numbers = facts.map(fact => Number(fact.id.slice(-12)))
    for (const n of numbers) {
      const failure = fails(n)
      if (failure !== null) throw failure
    }
    if (!known.has(id)) stored.push(...numbers)
    known.add(id)
    return facts.map(() => null)
  }
  const replay = (isDryRun = false, erased: number[] = []) =>
    replayFacts({
      dataDir,
      store: isDryRun ? null : { apply },
      erasedAt: async userId => (erased.includes(userId) ? new Date(at.getTime() + 1) : null),
    })
  return {
    dir,
    stored,
    replay,
    known,
    files: () => readdirSync(dir).sort(),
    text: (name: string) => readFileSync(join(dir, name), 'utf8'),
    failWith: (answer: typeof fails) => {
      fails = answer
    },
  }
}
const rejection = () => new UpstreamError('postgres', null, 'SQLSTATE 22003', false)
const unavailable = () => new UpstreamError('postgres', null, 'no connection', true)

test('what passes now is stored, what does not stays with its new reason', async () => {
  const { stored, replay, files, text, failWith } = setup({
    'dead-letter.ndjson': [search(1), search(2), null, search(3, { query: 'x' })]
      .map(fact => letter(fact))
      .concat('damaged\n')
      .join(''),
    '000000000001-2-x.json.quarantined': JSON.stringify([search(4), search(5)]),
  })
  failWith(n => (n === 2 ? rejection() : null))

  const result = await replay()

  expect(stored.sort()).toEqual([1, 4, 5])
  expect(result).toMatchObject({ stored: 3, erased: 0, unreadable: [] })
  expect([...result.remaining]).toEqual([
    ['postgres: SQLSTATE 22003', 1],
    ['not a fact', 2],
    ['undeclared', 1],
  ])
  expect(files()).toEqual(['dead-letter.ndjson'])
  expect(text('dead-letter.ndjson').trim().split('\n')).toHaveLength(4)
})

test('a dry run changes nothing', async () => {
  const { stored, replay, files } = setup({ 'dead-letter.ndjson': letter(search(1)) })

  const result = await replay(true)

  expect([...result.remaining]).toEqual([['SQLSTATE 22003', 1]])
  expect([stored, files()]).toEqual([[], ['dead-letter.ndjson']])
})

test('with PostgreSQL unavailable half way nothing is lost, and nothing is stored twice the next time', async () => {
  const { stored, replay, files, failWith } = setup({
    'dead-letter.ndjson': letter(search(1)) + letter(search(2)) + letter(search(3)),
  })
  failWith(n => (n === 2 ? unavailable() : null))

  await expect(replay()).rejects.toThrow('no connection')
  failWith(() => null)
  await replay()
  await replay()

  expect(stored).toEqual([1, 2, 3])
  expect(files()).toEqual([])
})

test('a batch that PostgreSQL had before its file could not be read is not stored again', async () => {
  const name = `000000000001-2-${uuid(77)}.json.quarantined`
  const { stored, replay, known } = setup({ [name]: JSON.stringify([search(1), search(2)]) })
  known.add(uuid(77))

  await replay()

  expect(stored).toEqual([])
})

test('a user erased since is not brought back', async () => {
  const { stored, replay, files } = setup({ 'dead-letter.ndjson': letter(search(1)) + letter(search(2)) })

  const result = await replay(false, [1])

  expect(stored).toEqual([2])
  expect(result).toMatchObject({ stored: 1, erased: 1 })
  expect(files()).toEqual([])
})

test('a file without a readable fact is named and left alone', async () => {
  const { replay, files, dir } = setup({ 'a.json.quarantined': '[{"half' })

  expect((await replay()).unreadable).toEqual([join(dir, 'a.json.quarantined')])
  expect(files()).toEqual(['a.json.quarantined'])
})
