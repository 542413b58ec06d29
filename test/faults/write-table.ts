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

/** After the suite: puts what it reported between the marks of docs/reliability.md; what was not part of the run stays. */
export function setup(): () => void {
  return () => {
    const rows = readFileSync(process.env.FAULTS_RESULTS ?? '', 'utf8')
      .trim()
      .split('\n')
    const text = readFileSync(page, 'utf8')
    const before = text.slice(text.indexOf(begin) + begin.length, text.indexOf(end))
    const table = renderTable(
      rows.map(row => JSON.parse(row)),
      before,
    )
    writeFileSync(
      page,
      `${text.slice(0, text.indexOf(begin) + begin.length)}\n${table}\n${text.slice(text.indexOf(end))}`,
    )
  }
}

/** The table in Markdown, one line a fault; of a fault that was tried in several runs the last. `before` is the table until now. */
export function renderTable(results: readonly Result[], before: string): string {
  const lines = new Map<string, string>()
  const enter = (area: string, fault: string, line: string) => {
    // how long a fault lasted stands at the end of its name
    lines.set(`${area} | ${fault.replace(/, \d+ s$/, '')}`, line)
  }
  for (const line of before.split('\n')) {
    const [area = '', fault = ''] = line.replace(/^\| /, '').split(' | ')
    if (areas.includes(area)) enter(area, fault, line)
  }
  for (const result of results) enter(result.area, result.fault, `| ${cellsOf(result).join(' | ')} |`)
  const place = (key: string) => areas.indexOf(key.split(' | ')[0] ?? '')
  const sorted = [...lines].sort(([a], [b]) => place(a) - place(b)).map(([, line]) => line)
  const head = [
    '| where | fault | times | what users saw | lost | doubled | recovery | alerts that fired |',
    '|---|---|---|---|---|---|---|---|',
  ]
  return [...head, ...sorted].join('\n')
}

const cellsOf = (result: Result): (string | number)[] => [
  result.area,
  result.fault,
  result.times,
  result.note === undefined ? result.saw : `${result.saw}; ${result.note}`,
  result.lost,
  result.doubled,
  result.recoveryS === null ? '–' : `${result.recoveryS.toFixed(1)} s`,
  result.alert ?? '–',
]
