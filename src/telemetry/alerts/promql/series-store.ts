/** Labels of a series without its name. */
export type Labels = Readonly<Record<string, string>>

export interface Matcher {
  label: string
  matches: (value: string) => boolean
}

/** Series that an expression reads, and how far back. */
export interface Selector {
  name: string
  matchers: readonly Matcher[]
  /** Milliseconds before the time of evaluation. */
  windowMs: number
}

/** Samples of one series, oldest first. */
interface Series {
  labels: Labels
  times: number[]
  values: number[]
  /** When the series was missing for the first time after a sample: its last sample is no value from then on. */
  ends: number[]
}

export interface NewSample {
  name: string
  labels: Labels
  value: number
}

export interface SeriesStore {
  /**
   * Appends what one source shows at `at`, epoch ms; a series that the source showed before and no longer does has ended.
   * A source is a scrape or a rule.
   */
  append(source: string, at: number, samples: readonly NewSample[]): void
  /** Series that match, whether or not they have samples in the window. */
  select(selector: Selector): readonly Series[]
  /** Samples held, of all series. */
  size(): number
}

const isSelected = ({ name, matchers }: Selector, sample: Pick<NewSample, 'name' | 'labels'>): boolean =>
  name === sample.name && matchers.every(({ label, matches }) => matches(sample.labels[label] ?? ''))

const keyOf = (name: string, labels: Labels) => JSON.stringify([name, Object.entries(labels).sort()])

interface Stored extends Series {
  name: string
  windowMs: number
}

/** Holds the samples that `selectors` may ask for, each series as long as the longest window on it, and no others. */
export function createSeriesStore(selectors: readonly Selector[]): SeriesStore {
  const names = new Set(selectors.map(({ name }) => name))
  /** null: no selector asks for it. */
  const all = new Map<string, Stored | null>()
  const byName = new Map<string, Stored[]>()
  let sweptAt: number | undefined
  const shownBy = new Map<string, ReadonlySet<Stored>>()

  const seriesOf = ({ name, labels }: NewSample): Stored | null => {
    const key = keyOf(name, labels)
    const known = all.get(key)
    if (known !== undefined) return known
    const windows = selectors.filter(selector => isSelected(selector, { name, labels })).map(s => s.windowMs)
    const series =
      windows.length === 0 ? null : { name, labels, windowMs: Math.max(...windows), times: [], values: [], ends: [] }
    all.set(key, series)
    if (series !== null) byName.set(name, [...(byName.get(name) ?? []), series])
    return series
  }

  return {
    append(source, at, samples) {
      const shown = new Set<Stored>()
      for (const sample of samples) {
        if (!names.has(sample.name)) continue
        const series = seriesOf(sample)
        if (series === null) continue
        series.times.push(at)
        series.values.push(sample.value)
        shown.add(series)
      }
      for (const series of shownBy.get(source) ?? []) if (!shown.has(series)) series.ends.push(at)
      shownBy.set(source, shown)
      if (at === sweptAt) return
      sweptAt = at
      for (const series of byName.values()) for (const one of series) dropOld(one, at - one.windowMs)
    },
    select: selector => (byName.get(selector.name) ?? []).filter(series => isSelected(selector, series)),
    size: () => [...byName.values()].flat().reduce((sum, { times }) => sum + times.length, 0),
  }
}

function dropOld({ times, values, ends }: Stored, oldest: number): void {
  while (times[0] !== undefined && times[0] < oldest) {
    times.shift()
    values.shift()
  }
  while (ends[0] !== undefined && ends[0] < oldest) ends.shift()
}
