/** A pseudorandom generator, deterministic from its seeds. */
export interface Random {
  /** In [0, 1). */
  next(): number
  chance(probability: number): boolean
  /** An integer from `min` to `max`, both included. */
  int(min: number, max: number): number
  pick<T>(items: readonly [T, ...T[]]): T
  /** One of the keys, with a probability proportional to its weight. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K
  /** Standard normal distribution (Box–Muller). */
  normal(): number
  uuid(): string
}

/** sfc32 (C. Doty-Humphrey, PractRand), seeded by mixing the given numbers. Not for secrets. */
export function createRandom(...seeds: number[]): Random {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]
  const word = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return t >>> 0
  }
  for (const seed of seeds) {
    a ^= seed | 0
    b ^= Math.floor(seed / 2 ** 32)
    for (let i = 0; i < 12; i++) word()
  }

  const next = () => word() / 2 ** 32
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    next,
    int,
    chance: probability => next() < probability,
    pick: ([first, ...rest]) => {
      const i = int(0, rest.length)
      return i === 0 ? first : (rest[i - 1] ?? first)
    },
    weighted: weights => {
      const keys = Object.keys(weights) as (keyof typeof weights)[]
      let left = next() * keys.reduce((sum, key) => sum + weights[key], 0)
      const found = keys.find(key => {
        left -= weights[key]
        return left < 0
      })
      return found ?? (keys[0] as keyof typeof weights)
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    uuid: () => {
      const hex = [word(), word(), word(), word()].map(w => w.toString(16).padStart(8, '0')).join('')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
    },
  }
}
