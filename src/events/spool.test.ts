import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { StartupError } from '../errors.ts'
import type { Batch } from './event-store.ts'
import type { EventFact } from './facts.ts'
import { createSpool, type SpoolLoss } from './spool.ts'

const at = new Date('2026-03-10T09:00:00Z')
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const fact = (n: number, userId = 7): EventFact => ({
  kind: 'event',
  id: uuid(n),
  userId,
  at,
  requestId: 'REQ',
  eventType: 'product_search',
  metadata: { query: 'молоко', results_count: 1, had_results: true },
})
const batch = (n: number, ...facts: EventFact[]): Batch => ({ id: uuid(n), facts })

function setup() {
  const dataDir = mkdtempSync(join(tmpdir(), 'spool-'))
  const dir = join(dataDir, 'spool', 'events')
  const open = () => {
    const losses: [SpoolLoss, number][] = []
    const spool = createSpool(dataDir)
    spool.onLoss((...loss) => void losses.push(loss))
    return { spool, losses }
  }
  return { dataDir, dir, open, files: () => readdirSync(dir).sort() }
}

/** Everything that waits, in order, as a process that drains the spool meets it. */
async function drained(spool: ReturnType<typeof createSpool>): Promise<Batch[]> {
  const seen: Batch[] = []
  for (let next = await spool.next(); next !== null; next = await spool.next()) {
    seen.push(next)
    await spool.replace(next, [])
  }
  return seen
}

test.each<[string, (path: string) => void, SpoolLoss, boolean]>([
  ['deleted', path => unlinkSync(path), 'vanished', false],
  ['cut short', path => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 40)), 'unreadable', true],
  ['empty', path => writeFileSync(path, ''), 'unreadable', true],
  ['null', path => writeFileSync(path, 'null'), 'unreadable', true],
  ['an array of nothing', path => writeFileSync(path, '[null]'), 'unreadable', true],
  ['an empty array', path => writeFileSync(path, '[]'), 'unreadable', true],
  ['an object', path => writeFileSync(path, '{"a":1}'), 'unreadable', true],
  ['an empty object', path => writeFileSync(path, '{}'), 'unreadable', true],
  ['a number', path => writeFileSync(path, '7'), 'unreadable', true],
  ['parts of nothing', path => writeFileSync(path, '{"parts":[{"id":"x","facts":[]}]}'), 'unreadable', true],
  ['bytes that are no text', path => writeFileSync(path, Buffer.from([0, 255, 254, 1])), 'unreadable', true],
  ['facts of an unknown kind', path => writeFileSync(path, '[{"kind":"wish","userId":7}]'), 'unreadable', true],
  ['a folder', becomesFolder, 'unreadable', true],
])('a spool file that is %s does not hold up what stands behind it', async (_, damage, reason, isQuarantined) => {
  const { dir, open, files } = setup()
  const writer = open()
  await writer.spool.add(batch(1, fact(1), fact(2)))
  await writer.spool.add(batch(2, fact(3)))
  const before = open()
  damage(join(dir, files()[0] ?? ''))

  expect((await before.spool.next())?.id).toBe(uuid(2))
  expect(before.losses).toEqual([[reason, 2]])
  const after = open()
  expect((await after.spool.next())?.id).toBe(uuid(2))
  expect(after.losses).toEqual([])
  expect(after.spool.size()).toBe(1)
  expect(files().filter(name => name.endsWith('.quarantined'))).toHaveLength(isQuarantined ? 1 : 0)
})

test.each<[string, (path: string) => void]>([
  ['deleted', path => unlinkSync(path)],
  ['cut short', path => writeFileSync(path, '[{')],
  ['a folder', becomesFolder],
])('a spool file that is %s costs nothing while the process that wrote it lives', async (_, damage) => {
  const { dir, open, files } = setup()
  const { spool, losses } = open()
  await spool.add(batch(1, fact(1), fact(2)))
  await spool.add(batch(2, fact(3)))
  damage(join(dir, files()[0] ?? ''))

  expect(await drained(spool)).toEqual([batch(1, fact(1), fact(2)), batch(2, fact(3))])
  expect(losses).toEqual([])
})

test('the age of what waits is that of the oldest fact, also in a file of an earlier process once it was read', async () => {
  const { open } = setup()
  const { spool } = open()
  const later = { ...fact(2), at: new Date('2026-03-10T10:00:00Z') }
  expect(spool.oldestAt()).toBeNull()
  await spool.add(batch(2, later))
  await spool.add(batch(1, later, fact(1)))
  expect(spool.oldestAt()).toEqual(at)

  const next = open().spool
  expect(next.oldestAt()?.getTime()).toBeGreaterThan(later.at.getTime())
  await next.next()
  await next.next(new Set([7]))
  expect(next.oldestAt()).not.toBeNull()
  await drained(next)
  expect(next.oldestAt()).toBeNull()
})

test('what is no fact among facts is quarantined alone', async () => {
  const { dir, open, files } = setup()
  await open().spool.add(batch(1, fact(1), fact(2)))
  const path = join(dir, files()[0] ?? '')
  const [first, second] = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify([first, null, { ...second, at: 'yesterday' }, second]))

  const { spool, losses } = open()

  expect(await drained(spool)).toEqual([batch(1, fact(1), fact(2))])
  expect(losses).toEqual([['unreadable', 2]])
  expect(readFileSync(join(dir, 'dead-letter.ndjson'), 'utf8').trim().split('\n')).toHaveLength(2)
})

test('what a kill left half written is quarantined; what it left whole is taken over as the only copy', async () => {
  const { dir, open, files } = setup()
  const { spool } = open()
  for (const n of [1, 2, 3]) await spool.add(batch(n, fact(n)))
  const [one = '', two = '', three = ''] = files()
  const textOf = (name: string) => readFileSync(join(dir, name), 'utf8')
  writeFileSync(join(dir, `${one}.tmp`), textOf(one)) // its rename was done
  writeFileSync(join(dir, `${two}.tmp`), textOf(two))
  unlinkSync(join(dir, two))
  writeFileSync(join(dir, `${three}.tmp`), textOf(three).slice(0, 50))
  unlinkSync(join(dir, three))
  writeFileSync(join(dir, three.replace('3', '4').concat('.tmp')), '')
  writeFileSync(join(dir, 'dead-letter.ndjson.tmp'), '{"reason":')

  const next = open()

  expect(next.losses).toEqual([['unreadable', 1]])
  expect(await drained(next.spool)).toEqual([batch(1, fact(1)), batch(2, fact(2))])
  expect(files()).toEqual([`${three}.tmp.quarantined`])
})

test('a split batch comes back as its parts, also to the next process', async () => {
  const { open } = setup()
  const { spool } = open()
  await spool.add(batch(1, fact(1), fact(2), fact(3)))
  await spool.add(batch(9, fact(4)))
  const whole = await spool.next()

  await spool.replace(whole ?? batch(0), [batch(2, fact(1)), batch(3, fact(2), fact(3))])

  expect(await spool.next()).toEqual(batch(2, fact(1)))
  expect(spool.size()).toBe(4)
  expect((await drained(open().spool)).map(({ id }) => id)).toEqual([2, 3, 9].map(uuid))
})

test('an erasure reaches everything quarantined, and leaves the facts of others', async () => {
  const { dir, open } = setup()
  const { spool } = open()
  await spool.reject(fact(1, 702), 'SQLSTATE 22003')
  await spool.reject(fact(2, 7020), 'SQLSTATE 22003')
  const invited = { kind: 'start', id: uuid(3), userId: 9, at, requestId: null, source: 'organic' } as const
  await spool.reject({ ...invited, inviter: { userId: 702 } }, 'SQLSTATE 22003')
  writeFileSync(join(dir, 'a.json.quarantined'), JSON.stringify([fact(4, 702), fact(5, 8)]))
  writeFileSync(join(dir, 'b.json.tmp.quarantined'), '[{"kind":"message","userId":702,"at"')
  mkdirSync(join(dir, 'c.json.quarantined'))

  await spool.erase(702)

  const all = readdirSync(dir).flatMap(name => (name.startsWith('c') ? [] : readFileSync(join(dir, name), 'utf8')))
  expect(all.join('\n')).not.toMatch(/702(?!0)/)
  expect(all.join('\n').match(/"userId":(7020|9|8)/g)).toHaveLength(3)
})

test.each(['spool', join('spool', 'events')])('%s being a file ends the start with a sentence that names it', name => {
  const { dataDir, open } = setup()
  open()
  rmSync(join(dataDir, name), { recursive: true })
  writeFileSync(join(dataDir, name), '')

  expect(open).toThrow(StartupError)
  expect(open).toThrow(join(dataDir, name))
})

test('a disk that fails while a file is written leaves no part of it', async () => {
  const { dir, open } = setup()
  const { spool } = open()
  rmSync(dir, { recursive: true })

  await expect(spool.add(batch(1, fact(1)))).rejects.toThrow()

  expect(existsSync(dir)).toBe(false)
  expect(spool.size()).toBe(0)
})

function becomesFolder(path: string): void {
  unlinkSync(path)
  mkdirSync(join(path, 'inside'), { recursive: true })
}
