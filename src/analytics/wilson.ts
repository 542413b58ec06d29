/** 97.5th percentile of the standard normal distribution: z of the two-sided 95 % interval. */
const z95 = 1.959963984540054

/**
 * Wilson score interval of `hits` out of `n` (above 0), of 95 % unless another z is given; valid for small samples, always
 * within 0…1. Formula: E. B. Wilson, «Probable inference, the law of succession, and statistical inference», JASA 22 (1927),
 * 209–212.
 */
export function wilsonInterval(hits: number, n: number, z = z95): { low: number; high: number } {
  const share = hits / n
  const middle = share + z ** 2 / (2 * n)
  const half = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  const whole = 1 + z ** 2 / n
  return { low: Math.max(0, (middle - half) / whole), high: Math.min(1, (middle + half) / whole) }
}

/** Value below which a standard normal variable stays with this probability (0 to 1, both left out), by bisection. */
export function normalQuantile(probability: number): number {
  let [below, above] = [-10, 10]
  while (above - below > 1e-12) {
    const middle = (below + above) / 2
    if (normalBelow(middle) < probability) below = middle
    else above = middle
  }
  return (below + above) / 2
}

/** Distribution function of the standard normal, by the series of M. Abramowitz, I. A. Stegun, «Handbook», 26.2.11. */
function normalBelow(x: number): number {
  if (x < -8) return 0
  if (x > 8) return 1
  let [term, sum] = [x, x]
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= x ** 2 / k
    sum += term
  }
  return 0.5 + (sum * Math.exp(-(x ** 2) / 2)) / Math.sqrt(2 * Math.PI)
}
