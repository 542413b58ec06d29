import type { BenchResult } from './bench.ts'
import type { Machine } from './machine.ts'
import type { Spread } from './measure.ts'
import type { BenchReport } from './runner.ts'

/** A number with three significant digits and thousands apart. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) < 1) return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: digits })
}

const range = ({ median, low, high, samples }: Spread): string =>
  samples.length > 1 ? `${figure(median)} (${figure(low)}–${figure(high)})` : figure(median)

/** The cells of one result: what, value, ratios, target. */
export const cells = ({ what, unit, value, ratios = [], target, remark }: BenchResult): string[] => [
  remark === undefined ? what : `${what}; ${remark}`,
  `${range(value)} ${unit}`,
  ratios.map(({ to, value: times }) => `${range(times)} × ${to}`).join('; '),
  target === undefined ? '' : `${target.text}: ${target.met ? 'yes' : 'no'}`,
]

export const headings = ['what', 'median (lowest–highest)', 'compared', 'target']

/** One bench for a terminal. */
export function benchTable(report: BenchReport): string {
  const rows = [headings, ...report.results.map(cells)]
  const widths = headings.map((_, column) => Math.max(...rows.map(row => [...(row[column] ?? '')].length)))
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
      .join('  ')
      .trimEnd(),
  )
  return [
    `\n${report.name}: ${report.question}`,
    `against: ${report.against}`,
    ...report.settings.map(setting => `- ${setting}`),
    `(${report.seconds} s, load of the machine ${report.load.before} before, ${report.load.after} after)`,
    ...(report.failure === undefined ? [] : [`FAILED: ${report.failure}`]),
    ...(report.results.length === 0 ? [] : lines),
    '',
  ].join('\n')
}

export const machineLine = ({ cpu, cores, memoryGb, system, node, postgres }: Machine): string =>
  [
    cpu,
    `${cores} cores`,
    `${memoryGb} GB`,
    system,
    `Node ${node}`,
    ...(postgres === undefined ? [] : [`PostgreSQL ${postgres}`]),
  ].join(', ')
