/** 97.5th percentile of the standard normal distribution: z of the two-sided 95 % interval. */
const z = 1.959963984540054

/**
 * 95 % Wilson score interval of `hits` out of `n` (above 0); valid for small samples, always within 0…1. Formula: E. B.
 * Wilson, «Probable inference, the law of succession, and statistical inference», JASA 22 (1927), 209–212.
 */
export function wilsonInterval(hits: number, n: number): { low: number; high: number } {
  const share = hits / n
  const middle = share + z ** 2 / (2 * n)
  const half = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  const whole = 1 + z ** 2 / n
  return { low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole) }
}
