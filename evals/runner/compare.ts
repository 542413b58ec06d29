import type { EvalResult, Share } from './result.ts'

/** A rise of the cost that is let pass, as a share: a sentence more in the prompt is no failure. */
const allowedRise = 0.05
/** 97.5th percentile of the standard normal distribution. */
const z = 1.96

/**
 * What is worse than in the baseline, one sentence each; empty when nothing is. Models that answer alike each time
 * (`isExact`) are compared check by check: one that held before must hold. For others a rule falls when its interval lies
 * below that of the baseline. Cost rises when the 95 % interval of the mean rise over the conversations of both lies above
 * 5 %. Known gaps are no fall.
 */
export function compare(now: EvalResult, before: EvalResult, isExact: boolean): string[] {
  return [...(isExact ? fallenChecks(now, before) : fallenRules(now, before)), ...risenCost(now, before)]
}

function fallenChecks(now: EvalResult, before: EvalResult): string[] {
  const failedBefore = new Set(
    before.conversations.flatMap(({ id, failed }) => failed.map(({ rule, check }) => `${id} ${rule} ${check}`)),
  )
  return now.conversations.flatMap(({ id, failed }) =>
    failed
      .filter(({ rule, check, gap }) => gap === undefined && !failedBefore.has(`${id} ${rule} ${check}`))
      .map(({ rule, check, found = '' }) => `${id}: ${rule}: ${check}; found: ${found.slice(0, 300)}`),
  )
}

const percent = ({ passed, of, low, high }: Share) =>
  `${passed} of ${of} (${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)} %)`

function fallenRules(now: EvalResult, before: EvalResult): string[] {
  return Object.entries(now.rules).flatMap(([rule, share]) => {
    const known = before.rules[rule as keyof typeof before.rules]
    return known !== undefined && share.high < known.low ? [`${rule}: ${percent(share)} after ${percent(known)}`] : []
  })
}

function risenCost(now: EvalResult, before: EvalResult): string[] {
  const known = new Map(before.conversations.map(conversation => [conversation.id, conversation]))
  return (['tokens', 'costRub'] as const).flatMap(what => {
    const rises = now.conversations.flatMap(conversation => {
      const paid = known.get(conversation.id)?.[what] ?? 0
      return paid > 0 && conversation[what] > 0 ? [Math.log(conversation[what] / paid)] : []
    })
    const { low, mean } = interval(rises)
    if (!(Math.exp(low) > 1 + allowedRise)) return []
    const name = what === 'tokens' ? 'tokens' : 'roubles'
    return [
      `${name} of a conversation rose by ${((Math.exp(mean) - 1) * 100).toFixed(1)} % over ${rises.length} conversations`,
    ]
  })
}

/** Mean and the lower end of its 95 % interval; of fewer than two values there is none. */
function interval(values: readonly number[]): { mean: number; low: number } {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  return { mean, low: n < 2 ? Number.NaN : mean - z * Math.sqrt(variance / n) }
}
