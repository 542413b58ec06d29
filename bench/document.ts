import type { Bench } from './bench.ts'
import type { Report } from './runner.ts'
import { cells, headings, machineLine } from './table.ts'

/** docs/performance.md from a run; `benches` explain themselves. */
export function performanceDocument(report: Report, benches: readonly Bench[]): string {
  const sections = report.benches.map(bench =>
    [
      `## ${bench.name}`,
      '',
      bench.question,
      '',
      `Against: ${bench.against}`,
      '',
      ...bench.settings.map(setting => `- ${setting}`),
      `- Run ${bench.startedAt.slice(0, 16).replace('T', ' ')} UTC, scale \`${bench.scale}\`, ${bench.seconds} s; load of the machine ${bench.load.before} before, ${bench.load.after} after.`,
      '',
      ...(bench.failure === undefined ? [] : ['```', bench.failure, '```', '']),
      row(headings),
      row(headings.map(() => '---')),
      ...bench.results.map(result => row(cells(result))),
      '',
      ...(benches.find(({ name }) => name === bench.name)?.explained ?? []).flatMap(text => [text, '']),
      ...Object.keys(bench.files).flatMap(name => [`![${name}](images/${name})`, '']),
    ].join('\n'),
  )
  return `${[
    '# Performance',
    '',
    'Generated from one or more runs: `npm run bench -- --json FILE`, then `npm run bench -- --doc FILE`. Contenders take turns',
    '(A B A B …); a value is the median of the rounds with the lowest and the highest, a ratio is taken within each round.',
    'Ratios travel to other machines, absolute figures do not.',
    '',
    `Machine: ${machineLine(report.machine)}.`,
    '',
    ...sections,
  ]
    .join('\n')
    .trimEnd()}\n`
}

const row = (columns: readonly string[]): string =>
  `| ${columns.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
