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

/** The cells of one result: what, value, processor time, ratios, target. */
export const cells = ({ what, unit, value, processor, ratios = [], target, remark }: BenchResult): string[] => [
  remark === undefined ? what : `${what}; ${remark}`,
  `${range(value)} ${unit}`,
  processor === undefined ? '' : `${range(processor.value)} ${processor.unit}`,
  ratios.map(({ to, value: times }) => `${range(times)} × ${to}`).join('; '),
  target === undefined ? '' : `${target.text}: ${reached(target)}`,
]

export const reached = ({ met }: { met: boolean }): string => (met ? 'reached' : 'not reached')

export const headings = ['what', 'median (lowest–highest)', 'processor time', 'compared', 'target']

/** Other work of the machine that a run may have, in cores: beyond it absolute figures say little. */
const bearable = 0.2

/** The load of the machine during a bench, and what it does to the figures. */
export function loadLine(report: Pick<BenchReport, 'load' | 'processorSeconds'>, cores: number): string {
  const { before, after, others } = report.load
  const own = report.processorSeconds
  const used = own === undefined ? '' : `${own} s of processor time in all its processes; `
  const measured = others === undefined ? '' : `; other processes took ${figure(others)} of ${cores} cores during it`
  const busy = others === undefined ? Math.max(before, after) > cores : others > bearable
  return `${used}load of the machine ${before} before, ${after} after${measured}${busy ? '. **Too busy: the absolute figures do not count, the ratios do**' : ''}`
}

/** One bench for a terminal. */
export function benchTable(report: BenchReport, cores: number): string {
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
    `(${report.seconds} s, ${loadLine(report, cores)})`,
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
