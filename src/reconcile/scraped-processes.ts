import type { Sample } from './counter-increase.ts'
import type { DayWindow } from './day-reading.ts'

export interface Series {
  labels: Readonly<Record<string, string>>
  samples: readonly Sample[]
}

/** Starts and ends of the bot's processes, from the scrapes of a day. */
export interface ProcessLifetimes {
  /** True if any process was scraped on the day. */
  seen: boolean
  /** Processes that ended on the day. Their counts after the last scrape are lost. */
  ended: number
  /** Scrapes that failed or were missed while a process was running. */
  lostScrapes: number
  /** Start time of the process that answered a scrape of this target at this moment; both in epoch ms. */
  startedAt(target: string): (scrapedAt: number) => number | undefined
}

/** A gap of up to this many intervals is a late scrape, not a lost one. */
const lateness = 1.5

export const targetOf = ({ labels }: Pick<Series, 'labels'>): string => `${labels.job ?? ''} ${labels.instance ?? ''}`

/** Derives lifetimes from the raw samples of `process_start_time_seconds` of the bot and of `up` of all targets. */
export function readLifetimes(
  starts: readonly Series[],
  ups: readonly Series[],
  { from, to }: DayWindow,
): ProcessLifetimes {
  const inDay = (at: number) => at > from.getTime() && at <= to.getTime()
  const startedAt = new Map<string, Map<number, number>>()
  /** The last scrape of each process, by target and start time. */
  const lastSeen = new Map<string, number>()
  for (const series of starts) {
    const target = targetOf(series)
    const moments = startedAt.get(target) ?? new Map<number, number>()
    startedAt.set(target, moments)
    for (const [at, seconds] of series.samples) {
      moments.set(at, seconds * 1000)
      lastSeen.set(`${target} ${seconds}`, at)
    }
  }

  const ours = ups.filter(up => startedAt.has(targetOf(up)))
  const intervalMs = medianStep(ours)
  const newest = Math.max(...ups.map(({ samples }) => samples.at(-1)?.[0] ?? 0))
  return {
    seen: starts.some(({ samples }) => samples.some(([at]) => inDay(at))),
    ended: [...lastSeen.values()].filter(at => inDay(at) && newest - at > intervalMs * lateness).length,
    lostScrapes: ours.reduce(
      (lost, { samples }) =>
        lost +
        countLost(
          samples.filter(([at]) => inDay(at)),
          intervalMs,
        ),
      0,
    ),
    startedAt: target => at => startedAt.get(target)?.get(at),
  }
}

function countLost(samples: readonly Sample[], intervalMs: number): number {
  const failed = samples.filter(([, up]) => up === 0).length
  const gaps = steps(samples).filter(step => step > intervalMs * lateness)
  return failed + gaps.reduce((lost, step) => lost + Math.max(1, Math.round(step / intervalMs) - 1), 0)
}

const steps = (samples: readonly Sample[]): number[] => samples.slice(1).map(([at], i) => at - (samples[i]?.[0] ?? at))

/** Median interval between scrapes, in ms; infinite if there are fewer than two. */
function medianStep(series: readonly Series[]): number {
  const all = series.flatMap(({ samples }) => steps(samples)).sort((a, b) => a - b)
  return all[Math.floor(all.length / 2)] ?? Number.POSITIVE_INFINITY
}
