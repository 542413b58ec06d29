import type { EvalResult } from './result.ts'

const percent = (share: number) => (share * 100).toFixed(1)

/** The result as the terminal shows it: pass rate by rule, conversations that failed or cost most, the whole. */
export function resultTable({ model, promptVersions, repeat, rules, totals, conversations }: EvalResult): string {
  const rows = Object.entries(rules).map(([rule, { passed, of, low, high }]) => [
    rule,
    `${passed}/${of}`,
    `${percent(passed / of)} %`,
    `${percent(low)} to ${percent(high)} %`,
  ])
  const perConversation = conversations.map(({ id, turns, tokens, costRub, seconds, failed }) => [
    failed.length === 0 ? id : `${id} ✗`,
    String(turns),
    String(tokens),
    costRub.toFixed(3),
    seconds.toFixed(1),
  ])
  const failures = conversations.flatMap(({ id, failed }) =>
    failed.map(
      ({ rule, check, passed, of, found = '', gap }) =>
        `${id}: ${rule}: ${check} (${passed}/${of})\n    found: ${found.replaceAll(/\s+/g, ' ').slice(0, 300)}${gap === undefined ? '' : `\n    known gap: ${gap}`}`,
    ),
  )
  const clean = conversations.filter(({ failed }) => failed.length === 0).length
  return [
    align([['conversation', 'turns', 'tokens', '₽', 'seconds'], ...perConversation]),
    ...(failures.length > 0 ? [failures.join('\n')] : []),
    align([['rule', 'held', 'rate', '95 % interval'], ...rows]),
    `${model}, prompt ${promptVersions.join(', ')}, ${repeat} × ${conversations.length} conversations: ${clean} without a failed rule; ` +
      `${totals.turns} turns, ${totals.tokens} tokens, ${totals.costRub.toFixed(2)} ₽, ${totals.seconds.toFixed(0)} s`,
  ].join('\n\n')
}

/** Columns side by side: the first to the left, numbers to the right. */
function align(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n')
}
