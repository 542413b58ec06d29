/** What several runs of one measurement came to. */
export interface Spread {
  median: number
  low: number
  high: number
  samples: number[]
}

/** Median and range of the samples. Throws when there is none. */
export function spread(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b)
  const [low, high] = [sorted[0], sorted.at(-1)]
  if (low === undefined || high === undefined) throw new RangeError('nothing was measured')
  return { median: quantile(sorted, 0.5), low, high, samples: [...samples] }
}

/** `a` in multiples of `b`, round by round, so that what disturbed the machine for a while disturbs both alike. */
export function ratio(a: readonly number[], b: readonly number[]): Spread {
  if (a.length !== b.length) throw new RangeError('ratios need as many runs of one as of the other')
  return spread(a.map((value, round) => value / (b[round] ?? Number.NaN)))
}

/** The value below which the share `q` of the samples lies, between neighbours by proportion. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/**
 * Runs every contender once a round, in turn and back (A B, B A, …), so that what changes slowly meets all alike; after one round
 * that does not count. Returns what each run gave, by contender.
 */
export async function interleave<Name extends string, Sample>(
  contenders: Record<Name, () => Promise<Sample>>,
  rounds: number,
  { warmUp = true }: { warmUp?: boolean } = {},
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(contenders) as Name[]
  const samples = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, Sample[]>
  if (warmUp) for (const name of names) await contenders[name]()
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) samples[name].push(await contenders[name]())
  }
  return samples
}
