import { poissonInterval } from './poisson.ts'
import { none } from './show.ts'
import { wilsonInterval } from './wilson.ts'

/** How a number differs from the same number of the period before. */
export interface Change {
  /**
   * `noise`: the 95 % intervals of both overlap, so that nothing can be concluded; `new`: there was nothing before, and too
   * much now to be noise; `none`: there is nothing to compare with.
   */
  kind: 'up' | 'down' | 'noise' | 'new' | 'none'
  /** The difference as a share of the number before; null when that is 0 or unknown. */
  ratio: number | null
}

/** `n` of `of`: a share. */
export interface Share {
  n: number
  of: number
}

/** A sum or a mean in any unit, and the number of independent things (carts, messages, users) it is made of. */
export interface SumOrMean {
  amount: number | null
  n: number
}

const noChange: Change = { kind: 'none', ratio: null }

/** Compares counts by their Poisson intervals; null is an unknown count. */
export function countChange(now: number | null, before: number | null): Change {
  if (now === null || before === null) return noChange
  return change({ value: now, ...poissonInterval(now) }, { value: before, ...poissonInterval(before) })
}

/** Compares shares by their Wilson intervals. The ratio is that of the shares: from 10 % to 12 % is 0.2. */
export function shareChange(now: Share, before: Share): Change {
  const whole = ({ n, of }: Share) => ({ value: n / of, ...wilsonInterval(Math.min(n, of), of) })
  return now.of <= 0 || before.of <= 0 ? noChange : change(whole(now), whole(before))
}

/**
 * Compares sums of ₽ or tokens, and means. Their noise is that of the number of things they are made of: the interval is as
 * wide, in proportion, as the Poisson interval of `n`. That is exact for a sum of equal things and for the mean of values
 * that scatter as much as they are large; bills and messages scatter less, so a mean is called noise too often, not too
 * rarely.
 */
export function amountChange(now: SumOrMean, before: SumOrMean): Change {
  if (now.amount === null || before.amount === null) return noChange
  const interval = (n: number, amount: number, each: number) => {
    const { low, high } = poissonInterval(n)
    return { value: amount, low: low * each, high: high * each }
  }
  // where nothing happened, one thing is worth what it was worth in the other period
  const each = ({ amount, n }: SumOrMean, other: SumOrMean) =>
    n > 0 ? (amount ?? 0) / n : (other.amount ?? 0) / (other.n || 1)
  return change(interval(now.n, now.amount, each(now, before)), interval(before.n, before.amount, each(before, now)))
}

interface Estimate {
  value: number
  low: number
  high: number
}

function change(now: Estimate, before: Estimate): Change {
  const ratio = before.value === 0 ? null : now.value / before.value - 1
  if (now.low <= before.high && before.low <= now.high) return { kind: 'noise', ratio }
  if (before.value === 0) return { kind: 'new', ratio }
  return { kind: now.value > before.value ? 'up' : 'down', ratio }
}

const nbsp = '\u00A0'
const wholePercent = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 0 })
const tenth = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 1 })

/** «▲ 12 %», «▼ 8 %», from a triple on «▲ ×3,5»; «≈ в пределах шума», «▲ раньше не было», «—». */
export function showChange({ kind, ratio }: Change): string {
  if (kind === 'none') return none
  if (kind === 'noise') return `≈${nbsp}в${nbsp}пределах${nbsp}шума`
  if (kind === 'new' || ratio === null) return `▲${nbsp}раньше не было`
  const arrow = kind === 'up' ? '▲' : '▼'
  if (ratio >= 2) return `${arrow}${nbsp}×${tenth.format(ratio + 1)}`
  return `${arrow}${nbsp}${wholePercent.format(Math.abs(ratio) * 100)}${nbsp}%`
}

/** `showChange` for a column of a table: «≈» alone, «▲ новое». */
export function showShortChange(change: Change): string {
  if (change.kind === 'noise') return '≈'
  return change.kind === 'new' ? `▲${nbsp}новое` : showChange(change)
}
