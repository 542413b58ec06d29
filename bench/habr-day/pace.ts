/** Counts calls; answers how many fell into the busiest window. */
export interface Pace {
  note(): void
  total(): number
  most(): number
}

/** `windowMs` long, half-open; moments are taken from a monotonic clock. */
export function createPace(windowMs: number, now: () => number = () => performance.now()): Pace {
  let recent: number[] = []
  let [total, most] = [0, 0]
  return {
    note: () => {
      const at = now()
      recent = recent.filter(earlier => earlier > at - windowMs)
      recent.push(at)
      total += 1
      most = Math.max(most, recent.length)
    },
    total: () => total,
    most: () => most,
  }
}
