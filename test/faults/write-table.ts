import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result } from './results.ts'

const page = join(fileURLToPath(new URL('../..', import.meta.url)), 'docs', 'reliability.md')
const begin = '<!-- table: begin, written by npm run test:faults -->'
const end = '<!-- table: end -->'

const areas = [
  'Process',
  'Three bots',
  'PostgreSQL',
  'Redis',
  'Spool',
  'Telegram',
  'GigaChat',
  'VkusVill',
  'GigaChat and VkusVill',
  'All three',
  'Loki',
  'Clock',
  'Random',
  'Overload',
  'Hostile input',
  'Privacy',
  'Backup',
]

/** After the full suite: puts what it reported between the marks of docs/reliability.md. */
export function setup(): () => void {
  return () => {
    const rows = readFileSync(process.env.FAULTS_RESULTS ?? '', 'utf8')
      .trim()
      .split('\n')
    const text = readFileSync(page, 'utf8')
    const table = renderTable(rows.map(row => JSON.parse(row)))
    writeFileSync(
      page,
      `${text.slice(0, text.indexOf(begin) + begin.length)}\n${table}\n${text.slice(text.indexOf(end))}`,
    )
  }
}

/** The table in Markdown, one line a fault; of a fault that was tried in several runs the last. */
function renderTable(results: readonly Result[]): string {
  // how long a fault lasted stands at the end of its name
  const latest = new Map(results.map(result => [`${result.area} ${result.fault.replace(/, \d+ s$/, '')}`, result]))
  const sorted = [...latest.values()].sort((a, b) => areas.indexOf(a.area) - areas.indexOf(b.area))
  const lines = sorted.map(result =>
    [
      result.area,
      result.fault,
      result.times,
      result.note === undefined ? result.saw : `${result.saw}; ${result.note}`,
      result.lost,
      result.doubled,
      result.recoveryS === null ? '–' : `${result.recoveryS.toFixed(1)} s`,
      result.alert ?? '–',
    ].join(' | '),
  )
  const head = [
    '| where | fault | times | what users saw | lost | doubled | recovery | alerts that fired |',
    '|---|---|---|---|---|---|---|---|',
  ]
  return [...head, ...lines.map(line => `| ${line} |`)].join('\n')
}
