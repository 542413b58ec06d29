import type { Bench } from './bench.ts'
import { measuredByHand } from './measured-by-hand.ts'
import { cells, headings, machineLine } from './report.ts'
import type { BenchReport, Report } from './runner.ts'

/** docs/performance.md from a run; `benches` explain themselves. */
export function performanceDocument(report: Report, benches: readonly Bench[]): string {
  const explanation = (of: string) =>
    (benches.find(({ name }) => name === of)?.explained ?? []).flatMap(text => [text, ''])
  const targets = report.benches.flatMap(bench =>
    bench.results.flatMap(({ what, unit, value, ratios = [], target }) =>
      target === undefined
        ? []
        : [
            [
              title(bench),
              what,
              ...cells({ what, unit, value, ratios }).slice(1, 3),
              target.text,
              target.met ? 'yes' : 'no',
            ],
          ],
    ),
  )
  const sections = report.benches.map((bench, i) =>
    [
      `## ${title(bench)}`,
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
      ...(report.benches[i + 1]?.name === bench.name ? [] : explanation(bench.name)),
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
    '## Targets',
    '',
    row(['bench', 'what', 'median (lowest–highest)', 'compared', 'target', 'met']),
    row(Array.from({ length: 6 }, () => '---')),
    ...targets.map(row),
    '',
    ...sections,
    measuredByHand,
  ]
    .join('\n')
    .trimEnd()}\n`
}

const title = ({ name, size }: Pick<BenchReport, 'name' | 'size'>): string =>
  size === undefined ? name : `${name}, ${size}`

const row = (columns: readonly string[]): string =>
  `| ${columns.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
