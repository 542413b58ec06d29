import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { prometheusPrograms, runTool } from '../../../test/support/prometheus.ts'
import { alertFiles } from './catalogue/catalogue.ts'
import { recordingFiles } from './catalogue/recording-rules.ts'
import { compile, durationMs } from './promql/compile.ts'
import { createSeriesStore, type NewSample } from './promql/series-store.ts'

const stepMs = 15_000
const steps = 200
/** Between the samples: whether a range includes its left edge, which Prometheus 2 and 3 decide differently, makes no difference. */
const times = ['4m7s', '48m7s']

const expressions = [
  ...Object.values(recordingFiles).flatMap(({ groups }) =>
    Object.values(groups).flatMap(rules => rules.map(r => r.expr)),
  ),
  ...Object.values(alertFiles).flatMap(({ groups }) =>
    Object.values(groups).flatMap(rules => Object.values(rules).map(({ expr }) => expr)),
  ),
]

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface GivenSeries {
  name: string
  labels: Record<string, string>
  /** undefined: no sample; null: the series ended. */
  values: (number | null | undefined)[]
}

/** Series of every metric that the catalogue reads, with labels that its matchers do and do not accept. */
function randomSeries(random: () => number): GivenSeries[] {
  const text = expressions.join('\n')
  const names = [...new Set(expressions.flatMap(expr => compile(expr).selectors.map(({ name }) => name)))]
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  return names.flatMap(name => {
    const matchers = [...text.matchAll(new RegExp(`(?<![\\w:])${name}\\{([^}]*)\\}`, 'g'))].flatMap(
      ([, inside = '']) => [...inside.matchAll(/(\w+)[=!]~?"([^"]*)"/g)],
    )
    const values = new Map<string, string[]>([['env', ['one', 'two']]])
    for (const [, label = '', value = ''] of matchers)
      values.set(
        label,
        [...new Set([...(values.get(label) ?? ['else']), ...value.split('|')])].filter(v => v !== ''),
      )
    const found = new Map<string, GivenSeries[]>()
    for (let i = 0; i < 12; i++) {
      const labels = Object.fromEntries([...values].map(([label, candidates]) => [label, pick(candidates)]))
      found.set(JSON.stringify(labels), series(name, labels, random))
    }
    return [...found.values()].flat()
  })
}

const series = (name: string, labels: Record<string, string>, random: () => number): GivenSeries[] => {
  if (!name.endsWith('_bucket'))
    return [
      {
        name,
        labels,
        values: name.includes(':') || !/_(total|count)$/.test(name) ? gauge(name, random) : counter(random),
      },
    ]
  let below = Array.from({ length: steps }, () => 0)
  return ['1.0', '20.0', '45.0', '+Inf'].map(le => {
    const own = counter(random, false)
    below = below.map((count, i) => count + (own[i] ?? 0))
    return { name, labels: { ...labels, le }, values: below }
  })
}

/** Begins high, so that no increase is extrapolated below zero: there Prometheus 2 and 3 differ. */
function counter(random: () => number, resets = true): number[] {
  let value = 1_000_000
  const pace = random() * random() * 5
  return Array.from({ length: steps }, () => {
    if (resets && random() < 0.004) value = 0
    value += random() < 0.5 ? Math.floor(random() * pace * 4) : 0
    return value
  })
}

function gauge(name: string, random: () => number): (number | null | undefined)[] {
  const levels = name.includes('ratio') ? [0, 0.02, 0.2, 0.5, 1] : [0, 1, 1, 12, 700]
  let value = levels[0] ?? 0
  let until = 0
  return Array.from({ length: steps }, (_, i) => {
    if (random() < 0.1) value = levels[Math.floor(random() * levels.length)] ?? 0
    if (i > until && random() < 0.02) {
      until = i + Math.floor(random() * 30)
      return null
    }
    return i < until ? undefined : value
  })
}

const identity = (labels: Record<string, string>) => JSON.stringify(Object.entries(labels).sort())

/** What promtool finds, by expression and time; it reports only what differs from the nothing that is expected. */
function askPromtool(given: readonly GivenSeries[]): Map<string, Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'random-series-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'random.yml')
  const write = (value: number | null | undefined) =>
    value === undefined ? '_' : value === null ? 'stale' : `${value}`
  const input_series = given.map(({ name, labels, values }) => ({
    series: `${name}{${Object.entries(labels).map(([label, value]) => `${label}="${value}"`)}}`,
    values: values.map(write).join(' '),
  }))
  const promql_expr_test = expressions.flatMap(expr => times.map(eval_time => ({ expr, eval_time })))
  writeFileSync(
    file,
    stringify({ tests: [{ interval: `${stepMs / 1000}s`, input_series, promql_expr_test }] }, { lineWidth: 0 }),
  )
  const { output } = runTool('promtool', ['test', 'rules', file])
  const found = new Map<string, Map<string, number>>()
  for (const [, expr = '', time = '', got = ''] of output.matchAll(
    /expr: ("(?:[^"\\]|\\.)*"), time: (\w+),\s+exp:.*\n\s+got:(.*)/g,
  )) {
    const elements = [...got.matchAll(/([\w:]*)\{([^}]*)\} ([^\s,"]+)/g)].map(
      ([, name = '', labels = '', value = '']) => {
        const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', v = '']) => [label, v] as const)
        return [
          identity({ ...Object.fromEntries(pairs), ...(name !== '' && { __name__: name }) }),
          value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value),
        ] as const
      },
    )
    found.set(`${JSON.parse(expr)} at ${time}`, new Map(elements))
  }
  return found
}

/** What the bot finds, likewise. */
function askBot(given: readonly GivenSeries[]): Map<string, Map<string, number>> {
  const compiled = expressions.map(expr => ({ expr, ...compile(expr) }))
  const store = createSeriesStore(compiled.flatMap(({ selectors }) => selectors))
  const found = new Map<string, Map<string, number>>()
  let i = 0
  for (const time of times) {
    const at = durationMs(time)
    for (; i * stepMs <= at; i++) {
      given.forEach((one, index) => {
        const value = one.values[i]
        const samples: NewSample[] = typeof value === 'number' ? [{ ...one, value }] : []
        // a source of its own for each series: one without a sample has not ended, unless it is stale
        if (value !== undefined) store.append(`${index}`, i * stepMs, samples)
      })
    }
    for (const { expr, evaluate } of compiled) {
      const value = evaluate(store, at)
      if (typeof value === 'number') throw new Error(`a number: ${expr}`)
      const elements = value.map(({ name, labels, value }) => {
        const named = { ...labels, ...(name !== undefined && { __name__: name }) }
        return [identity(named), value] as const
      })
      found.set(`${expr} at ${time}`, new Map(elements))
    }
  }
  return found
}

const rounded = (found: ReadonlyMap<string, number>) =>
  [...found].map(([labels, value]) => `${labels} ${value.toPrecision(9)}`).sort()

describe.runIf(prometheusPrograms.wanted)(`random series${prometheusPrograms.note}`, () => {
  test.each([7])('every expression of the catalogue gives what Prometheus gives, with seed %i', seed => {
    const given = randomSeries(createRandom(seed))
    const theirs = askPromtool(given)

    let filled = 0
    for (const [asked, found] of askBot(given)) {
      expect(rounded(found), asked).toEqual(rounded(theirs.get(asked) ?? new Map()))
      if (found.size > 0) filled += 1
    }
    // enough of them have something to compare
    expect(filled).toBeGreaterThan(expressions.length)
  })
})
