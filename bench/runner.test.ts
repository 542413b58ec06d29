import { expect, test } from 'vitest'
import type { Bench } from './bench.ts'
import { benches } from './benches.ts'
import { performanceDocument } from './document.ts'
import { spread } from './measure.ts'
import { coresOfOthers } from './processor.ts'
import { loadLine } from './report.ts'
import { mergeReports, runBenches } from './runner.ts'

const bench = (name: string, run: Bench['run']): Bench => ({
  name,
  question: 'How fast?',
  against: 'nothing',
  settings: [],
  run,
})
const options = { scale: 'quick' as const, now: () => new Date('2026-01-02T03:04:05Z'), note: () => undefined }

test('a bench that fails says so and what it opened is closed; the next one runs all the same', async () => {
  const closed: string[] = []
  const failing = bench('failing', async context => {
    context.onEnd(() => closed.push('first'))
    context.onEnd(() => closed.push('second'))
    throw new Error('no such table')
  })
  const working = bench('working', async () => [{ what: 'it', unit: 'ms', value: spread([2, 1]) }])

  const report = await runBenches([failing, working], options)

  expect(closed).toEqual(['second', 'first'])
  expect(report.benches[0]?.failure).toContain('no such table')
  expect(report.benches[1]?.results).toMatchObject([{ what: 'it', value: { median: 1.5, low: 1, high: 2 } }])
})

test('sizes follow the scale, and a long run is a normal one by default', async () => {
  const sizes: number[] = []
  const sized = bench('sized', async ({ at }) => {
    sizes.push(at({ quick: 1, normal: 2 }), at({ quick: 1, normal: 2, long: 3 }))
    return []
  })

  for (const scale of ['quick', 'normal', 'long'] as const) await runBenches([sized], { ...options, scale })

  expect(sizes).toEqual([1, 1, 2, 2, 2, 3])
})

test('the document names the machine, the targets and whether they were met', async () => {
  const missed = bench('missed', async () => [
    { what: 'it', unit: 'ms', value: spread([12_345]), target: { text: 'under 1 ms', met: false } },
  ])

  const document = performanceDocument(await runBenches([missed], options), [missed])

  expect(document).toContain(`Node ${process.version}`)
  expect(document).toContain('| it | 12,345 ms |  |  | under 1 ms: not reached |')
})

test('a run beside other work says that its absolute figures do not count, a run that loads the machine itself does not', () => {
  const load = { before: 0.2, after: 3 }

  expect(loadLine({ load: { ...load, others: 0.05 } }, 2)).not.toContain('do not count')
  expect(loadLine({ load: { ...load, others: 0.9 } }, 2)).toContain('do not count')
  // where nothing can be known of others
  expect(loadLine({ load }, 2)).toContain('do not count')
  expect(loadLine({ load: { before: 0.2, after: 1 } }, 2)).not.toContain('do not count')
})

test('what other processes took of the machine is all that was not ours', () => {
  const before = { at: 0, machine: 100, ours: 20 }

  expect(coresOfOthers(before, { at: 10, machine: 118, ours: 33 })).toBe(0.5)
  expect(coresOfOthers(before, { at: 10, machine: 105, ours: 26 })).toBe(0)
})

test('of several runs of a bench the last one counts', async () => {
  const valued = (value: number) => bench('same', async () => [{ what: 'it', unit: 'ms', value: spread([value]) }])
  const runs = [
    await runBenches([valued(1), bench('other', async () => [])], options),
    await runBenches([valued(2)], options),
  ]

  const { benches: merged } = mergeReports(runs)

  expect(merged.map(({ name }) => name)).toEqual(['same', 'other'])
  expect(merged[0]?.results).toMatchObject([{ value: { median: 2 } }])
})

test('sizes stand side by side, explained once', async () => {
  const sized = (size: string): Bench => ({
    ...bench('sized', async context => {
      context.size(size)
      return []
    }),
    explained: ['Because.'],
  })
  const runs = [await runBenches([sized('1 row')], options), await runBenches([sized('2 rows')], options)]

  const document = performanceDocument(mergeReports(runs), [sized('1 row')])

  expect(document.match(/^## sized.*|^Because.*/gm)).toEqual(['## sized, 1 row', '## sized, 2 rows', 'Because.'])
})

test('every bench has a name of its own', () => {
  expect(new Set(benches.map(({ name }) => name)).size).toBe(benches.length)
})
