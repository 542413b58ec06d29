import type { PromptRow } from './numbers.ts'
import type { Period } from './period.ts'
import { normalQuantile, wilsonInterval } from './wilson.ts'

/** A ratio with its 95 % interval. */
export interface Estimate {
  value: number
  low: number
  high: number
}

/** The four numbers by which versions of the prompt are compared. */
export const experimentMetrics = ['carts_per_session', 'up_share', 'rub_per_cart', 'turns_per_message'] as const
export type ExperimentMetric = (typeof experimentMetrics)[number]

/** What an experiment says of one number: `unclear` while nothing can be concluded. */
export type ExperimentVerdict = 'better' | 'worse' | 'unclear'

export interface VersionNumbers
  extends Pick<PromptRow, 'prompt_version' | 'users' | 'sessions' | 'messages' | 'carts' | 'rated'> {
  /** Null where there is nothing to divide by, or one user alone. */
  metrics: Record<ExperimentMetric, Estimate | null>
  /** Against the first version, over the days on which both answered; null for that one. */
  verdicts: Record<ExperimentMetric, ExperimentVerdict> | null
  /** Why there cannot be a verdict at all. */
  obstacle: 'not_at_the_same_time' | null
}

export interface ExperimentNumbers extends Period {
  /** The first day of a period that can be compared, when this one begins before it and has no versions for that; else null. */
  compared_since: string | null
  /** The version with the most users first: the others are compared with it. */
  versions: VersionNumbers[]
}

/** Days, the running one included, for which it is stored what a version did for each user. */
export const experimentDays = 62

/** Users, and sessions, carts, ratings or messages, that each side must have before anything is concluded. */
export const leastForVerdict = 30

const moreIsBetter: Record<ExperimentMetric, boolean> = {
  carts_per_session: true,
  up_share: true,
  rub_per_cart: false,
  turns_per_message: false,
}

/**
 * Compares the versions of a period that begins on `since` or later. `read` returns the rows of any such period. A verdict stands when both sides have
 * `leastForVerdict` users and things counted, and the interval of the difference leaves out 0. With several variants or numbers
 * one of them would soon do so by chance: the intervals are those of Bonferroni, for 95 % over all comparisons together.
 */
export async function compareVersions(
  read: (period: Period) => Promise<PromptRow[]>,
  period: Period,
  since: string,
): Promise<ExperimentNumbers> {
  if (period.from < since) return { ...period, compared_since: since, versions: [] }
  const [base, ...variants] = await read(period)
  if (base === undefined) return { ...period, compared_since: null, versions: [] }
  const z = normalQuantile(1 - 0.05 / (2 * Math.max(1, variants.length) * experimentMetrics.length))
  const versions = [versionNumbers(base)]
  for (const variant of variants) {
    const both = commonDays(base, variant)
    const rows = both === null ? [] : await read(both)
    const [a, b] = [base, variant].map(row => rows.find(other => other.prompt_version === row.prompt_version))
    const verdicts = verdictsOf(
      (metric): ExperimentVerdict => (a === undefined || b === undefined ? 'unclear' : verdict(metric, a, b, z)),
    )
    versions.push({ ...versionNumbers(variant), verdicts, obstacle: both === null ? 'not_at_the_same_time' : null })
  }
  return { ...period, compared_since: null, versions }
}

/** The days on which both answered; what changed before and after them is no effect of the prompt. */
function commonDays(a: PromptRow, b: PromptRow): Period | null {
  const from = a.first_day > b.first_day ? a.first_day : b.first_day
  const to = a.last_day < b.last_day ? a.last_day : b.last_day
  return from > to ? null : { from, to }
}

function versionNumbers(row: PromptRow): VersionNumbers {
  const { prompt_version, users, sessions, messages, carts, rated, up } = row
  const metrics = {
    carts_per_session: interval(ratioOf.carts_per_session(row)),
    up_share: rated === 0 ? null : { value: up / rated, ...wilsonInterval(up, rated) },
    rub_per_cart: interval(ratioOf.rub_per_cart(row)),
    turns_per_message: interval(ratioOf.turns_per_message(row)),
  }
  return { prompt_version, users, sessions, messages, carts, rated, metrics, verdicts: null, obstacle: null }
}

interface Ratio {
  value: number
  error: number
  /** How many things it is made of. */
  n: number
}

/**
 * The ratio of two sums over users with its standard error by the delta method (W. G. Cochran, «Sampling Techniques», 3rd ed.,
 * 1977, § 6.4): users are drawn, not sessions, and one user's sessions are alike. Null without a denominator or with one user.
 */
function ratioWithError(n: number, y: number, x: number, yy: number, xx: number, yx: number): Ratio | null {
  if (x <= 0 || n < 2) return null
  const value = y / x
  const spread = Math.max(0, yy - 2 * value * yx + value ** 2 * xx)
  return { value, error: Math.sqrt((n / (n - 1)) * spread) / x, n: x }
}

const ratioOf = {
  carts_per_session: (row: PromptRow) =>
    ratioWithError(row.users, row.carts, row.sessions, row.carts_squared, row.sessions_squared, row.carts_sessions),
  rub_per_cart: (row: PromptRow) =>
    ratioWithError(row.users, row.cost_rub, row.carts, row.cost_squared, row.carts_squared, row.cost_carts),
  turns_per_message: (row: PromptRow) =>
    ratioWithError(row.users, row.turns, row.messages, row.turns_squared, row.messages_squared, row.turns_messages),
}

const z95 = normalQuantile(0.975)

function interval(ratio: Ratio | null): Estimate | null {
  if (ratio === null) return null
  const half = z95 * ratio.error
  return { value: ratio.value, low: Math.max(0, ratio.value - half), high: ratio.value + half }
}

function verdict(metric: ExperimentMetric, base: PromptRow, variant: PromptRow, z: number): ExperimentVerdict {
  if (Math.min(base.users, variant.users) < leastForVerdict) return 'unclear'
  const difference =
    metric === 'up_share' ? shareDifference(base, variant, z) : ratioDifference(metric, base, variant, z)
  if (difference === null || (difference.low <= 0 && difference.high >= 0)) return 'unclear'
  return difference.low > 0 === moreIsBetter[metric] ? 'better' : 'worse'
}

/** Newcombe's interval of the difference of two shares (Statistics in Medicine 17 (1998), 873–890, method 10). */
function shareDifference(base: PromptRow, variant: PromptRow, z: number): { low: number; high: number } | null {
  if (Math.min(base.rated, variant.rated) < leastForVerdict) return null
  const [p, q] = [variant.up / variant.rated, base.up / base.rated]
  const [of, against] = [wilsonInterval(variant.up, variant.rated, z), wilsonInterval(base.up, base.rated, z)]
  return {
    low: p - q - Math.hypot(p - of.low, against.high - q),
    high: p - q + Math.hypot(of.high - p, q - against.low),
  }
}

function ratioDifference(
  metric: keyof typeof ratioOf,
  base: PromptRow,
  variant: PromptRow,
  z: number,
): { low: number; high: number } | null {
  const [of, against] = [ratioOf[metric](variant), ratioOf[metric](base)]
  if (of === null || against === null || Math.min(of.n, against.n) < leastForVerdict) return null
  const half = z * Math.hypot(of.error, against.error)
  return { low: of.value - against.value - half, high: of.value - against.value + half }
}

const verdictsOf = (
  of: (metric: ExperimentMetric) => ExperimentVerdict,
): Record<ExperimentMetric, ExperimentVerdict> => ({
  carts_per_session: of('carts_per_session'),
  up_share: of('up_share'),
  rub_per_cart: of('rub_per_cart'),
  turns_per_message: of('turns_per_message'),
})
