/** z of the two-sided 95 % interval. */
const z = 1.959963984540054

/**
 * The 95 % score interval of `hits` out of `n`: honest for few answers, never outside 0 to 1. `n` above 0. Formula: E. B.
 * Wilson, «Probable inference, the law of succession, and statistical inference», JASA 22 (1927), 209–212.
 */
export function wilsonInterval(hits: number, n: number): { low: number; high: number } {
  const share = hits / n
  const middle = share + z ** 2 / (2 * n)
  const half = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  const whole = 1 + z ** 2 / n
  return { low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole) }
}
