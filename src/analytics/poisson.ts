/** 97.5th percentile of the standard normal distribution: z of the two-sided 95 % interval. */
const z = 1.959963984540054
const tail = 0.025
/** From this count on the approximation differs from the exact limits by less than 0.01 %. */
const large = 100

/**
 * 95 % interval of the mean of a Poisson distribution of which `n` (a whole number, 0 or more) was counted: the exact limits
 * of F. Garwood, «Fiducial limits for the Poisson distribution», Biometrika 28 (1936), 437–442; for large counts Byar's
 * approximation to them (N. E. Breslow, N. E. Day, «Statistical Methods in Cancer Research» II, IARC 1987, p. 69).
 */
export function poissonInterval(n: number): { low: number; high: number } {
  if (n >= large) return { low: byar(n, -z), high: byar(n + 1, z) }
  return {
    low: n === 0 ? 0 : meanWith(n - 1, 1 - tail),
    high: meanWith(n, tail),
  }
}

const byar = (n: number, deviation: number): number => n * (1 - 1 / (9 * n) + deviation / (3 * Math.sqrt(n))) ** 3

/** Mean at which `count` or fewer have that probability, by bisection. */
function meanWith(count: number, probability: number): number {
  let [below, above] = [0, 2 * count + 10]
  while (above - below > 1e-9) {
    const middle = (below + above) / 2
    if (atMost(count, middle) > probability) below = middle
    else above = middle
  }
  return (below + above) / 2
}

/** Probability of `count` or fewer at this mean. */
function atMost(count: number, mean: number): number {
  let [term, sum] = [Math.exp(-mean), 0]
  for (let k = 0; k <= count; k++) {
    sum += term
    term *= mean / (k + 1)
  }
  return sum
}
