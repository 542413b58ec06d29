import { expect, test } from 'vitest'
import { compareDay, type SourceAnswer } from './compare.ts'
import { type DayNumbers, type DayReading, mapNumbers } from './day-reading.ts'
import type { StoredDay } from './reconcile-store.ts'

const numbers: DayNumbers = { carts: 10, errors: 2, messages: 40, llm_calls: 100, tokens: 50_000, cost_rub: 32.5 }
const window = { from: new Date('2026-03-09T21:00:00Z'), to: new Date('2026-03-10T21:00:00Z') }
const stored: StoredDay = { window, numbers, fromEvents: { carts: 10, errors: 2 }, models: [] }
const absent: SourceAnswer = { state: 'not_configured' }

function read(changes: Partial<DayNumbers> = {}, rest: Partial<DayReading> = {}): SourceAnswer {
  const reading = {
    numbers: { ...numbers, ...changes },
    tolerance: mapNumbers(() => 0),
    models: {},
    signs: [],
    linesLost: 0,
    ...rest,
  }
  return { state: 'read', reading }
}
const compare = (loki: SourceAnswer, prometheus: SourceAnswer, isOver = true, day = stored) => {
  const rows = compareDay(day, { loki, prometheus }, isOver)
  return (number: keyof DayNumbers) => rows.find(row => row.number === number)
}

test('the same numbers agree, without a cause', () => {
  const of = compare(read(), read())

  expect(of('carts')).toEqual({
    number: 'carts',
    postgres: 10,
    loki: 10,
    prometheus: 10,
    difference: 0,
    tolerance: { loki: 0, prometheus: 0 },
    agrees: true,
    causes: [],
  })
})

test('a source that is not configured is absent, not wrong', () => {
  const of = compare(absent, { state: 'log_level' })

  expect(of('carts')).toMatchObject({ loki: null, prometheus: null, difference: null, agrees: true, causes: [] })
})

test('an unreachable source does not count as one that agrees', () => {
  expect(compare({ state: 'unreachable' }, read())('carts')).toMatchObject({ agrees: false, causes: ['unreachable'] })
})

test('a missing line is a difference unless lines are known to be lost', () => {
  expect(compare(read({ carts: 9 }), read())('carts')).toMatchObject({
    difference: -1,
    agrees: false,
    causes: ['unknown'],
  })
})

test('lines known to be lost widen the tolerance of Loki only', () => {
  const lost: Partial<DayReading> = { linesLost: 2, signs: ['lines_lost'] }
  const of = compare(read({ carts: 8, tokens: 49_001, messages: 37 }, lost), read())
  const inPrometheus = compare(read({}, lost), read({ carts: 8 }))

  expect(of('carts')).toMatchObject({ agrees: true, causes: ['lines_lost'], tolerance: { loki: 2, prometheus: 0 } })
  expect(of('tokens')).toMatchObject({ agrees: true, tolerance: { loki: 1_000 } })
  expect(of('messages')).toMatchObject({ agrees: false, causes: ['lines_lost'] })
  expect(inPrometheus('carts')).toMatchObject({ agrees: false, causes: ['unknown'] })
})

test('counts that Prometheus may have missed at a restart are within its tolerance, and the restart is the cause', () => {
  const tolerance = { ...mapNumbers(() => 0), carts: 1 }
  const of = (carts: number) =>
    compare(read(), read({ carts }, { tolerance, signs: ['restart', 'lost_scrape'] }))('carts')

  expect(of(9)).toMatchObject({ agrees: true, difference: -1, causes: ['restart', 'lost_scrape'] })
  expect(of(8)).toMatchObject({ agrees: false, difference: -2, causes: ['restart', 'lost_scrape'] })
})

test('if Loki and Prometheus agree against PostgreSQL, its row is missing or was never published', () => {
  expect(compare(read({ carts: 11 }), read({ carts: 11 }))('carts')?.causes).toEqual(['row_missing'])
  expect(compare(read({ carts: 9 }), read({ carts: 9 }))('carts')?.causes).toEqual(['not_published'])
})

test('more lines than rows are repeated lines', () => {
  expect(compare(read({ carts: 11 }), read())('carts')?.causes).toEqual(['repeated'])
})

test('after a crash between a model call and its message the call is in the log and the metrics only', () => {
  const of = compare(read({ llm_calls: 101 }), read({ llm_calls: 101 }, { signs: ['restart'] }))

  expect(of('llm_calls')).toMatchObject({ agrees: false, causes: ['restart'] })
})

test('a source without data of the day has the cause no_data', () => {
  const of = compare(read({}, { numbers: mapNumbers(() => 0), signs: ['no_data'] }), absent)

  expect(of('messages')).toMatchObject({ loki: 0, difference: -40, agrees: false, causes: ['no_data'] })
})

test('a day that is not over is the first cause', () => {
  expect(compare(read(), read({ messages: 39 }), false)('messages')?.causes).toEqual(['day_not_over'])
})

test('roubles may differ by a kopeck, and floating-point error is no difference', () => {
  expect(compare(read({ cost_rub: 32.500000000001 }), absent)('cost_rub')).toMatchObject({ loki: 32.5, difference: 0 })
  expect(compare(read({ cost_rub: 32.51 }), absent)('cost_rub')).toMatchObject({ agrees: true, causes: [] })
  expect(compare(read({ cost_rub: 32.52 }), absent)('cost_rub')).toMatchObject({ agrees: false })
})

test('totals that differ from the events are found without any other source', () => {
  const of = compare(absent, absent, true, { ...stored, fromEvents: { carts: 11, errors: 2 } })

  expect(of('carts')).toMatchObject({ agrees: false, causes: ['totals_differ'] })
  expect(of('errors')).toMatchObject({ agrees: true })
})

test('of two differences the larger one beyond its tolerance is shown', () => {
  const tolerance = { ...mapNumbers(() => 0), carts: 5 }

  expect(compare(read({ carts: 9 }), read({ carts: 6 }, { tolerance }))('carts')?.difference).toBe(-1)
  expect(compare(read({ carts: 9 }), read({ carts: 4 }, { tolerance }))('carts')?.difference).toBe(-6)
})

test('tokens of two models whose errors cancel out differ by model', () => {
  const max = { provider: 'gigachat', model: 'GigaChat-2-Max', calls: 80, tokens: 40_000 }
  const lite = { provider: 'gigachat', model: 'GigaChat-2', calls: 20, tokens: 10_000 }
  const day: StoredDay = { ...stored, models: [max, lite] }
  const of = (models: Record<string, number>) =>
    Object.fromEntries(Object.entries(models).map(([model, tokens]) => [model, { tokens, tolerance: 0 }]))
  const loki = read({}, { models: of({ 'GigaChat-2-Max': 30_000, 'GigaChat-2': 10_000, 'qwen3:8b': 10_000 }) })
  const prometheus = read({}, { models: of({ 'GigaChat-2-Max': 40_000, 'GigaChat-2': 10_000 }) })

  const rows = compareDay(day, { loki, prometheus }, true)

  expect(rows.find(({ number, model }) => number === 'tokens' && model === undefined)).toMatchObject({ agrees: true })
  expect(
    rows.flatMap(({ model, difference, agrees }) => (model === undefined ? [] : [[model, difference, agrees]])),
  ).toEqual([
    ['gigachat/GigaChat-2', 0, true],
    ['gigachat/GigaChat-2-Max', -10_000, false],
    ['qwen3:8b', 10_000, false],
  ])
})

test('a day with one model has no rows by model', () => {
  const models = [{ provider: 'gigachat', model: 'GigaChat-2-Max', calls: 100, tokens: 50_000 }]

  expect(compareDay({ ...stored, models }, { loki: absent, prometheus: absent }, true)).toHaveLength(6)
})
