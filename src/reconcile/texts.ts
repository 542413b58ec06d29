import type { Cause } from './causes.ts'
import type { ReconciledNumber, SourceAnswer } from './compare.ts'
import type { DayNumber } from './day-reading.ts'
import type { Reconciliation } from './reconciliation.ts'

const labels: Record<DayNumber, string> = {
  carts: 'Корзины',
  errors: 'Ошибки',
  messages: 'Сообщения',
  llm_calls: 'Вызовы LLM',
  tokens: 'Токены',
  cost_rub: 'Стоимость LLM, ₽',
}

export const causeTexts: Readonly<Record<Cause, string>> = {
  no_data: 'за этот день там ничего нет',
  day_not_over: 'день ещё не кончился',
  restart: 'бот перезапускался',
  lost_scrape: 'были пропущены опросы метрик',
  events_waited: 'события ждали PostgreSQL на диске',
  logs_waiting: 'строки журнала ещё не доехали до Loki',
  lines_lost: 'потеряны строки журнала',
  repeated: 'строки журнала записаны дважды',
  row_missing: 'в PostgreSQL нет того, о чём говорят журнал и метрики',
  not_published: 'о записанном в PostgreSQL нет ни строки, ни метрики',
  totals_differ: 'итоги дня не равны числу событий',
  unreachable: 'источник не отвечает',
  unknown: 'причина неизвестна',
}

const labelOf = ({ number, model }: Pick<ReconciledNumber, 'number' | 'model'>): string =>
  model === undefined ? labels[number] : `Токены ${model}`

export const causeText = (cause: Cause): string => causeTexts[cause]

const stateTexts: Record<Exclude<SourceAnswer['state'], 'read'>, string> = {
  not_configured: 'не настроен',
  log_level: 'при таком LOG_LEVEL в него не пишут того, что сверяется',
  unreachable: 'не отвечает',
}

/** Renders the result as a table for the terminal. */
export function reconciliationTable(found: Reconciliation): string {
  const { sources, numbers } = found
  const head = ['', 'PostgreSQL', 'Loki', 'Prometheus', 'Разница', 'Допуск']
  const rows = numbers.map(n => [
    labelOf(n),
    show(n.postgres),
    show(n.loki),
    show(n.prometheus),
    show(n.difference),
    show(Math.max(n.tolerance.loki ?? 0, n.tolerance.prometheus ?? 0)),
  ])
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map(row => row[i]?.length ?? 0)))
  const lines = [head, ...rows].map((row, r) => {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
    const number = numbers[r - 1]
    return `${cells.join('  ')}  ${number === undefined ? '' : verdict(number)}`.trimEnd()
  })
  return [title(found), '', ...lines, ...absences(sources).map(text => `\n${text}`)].join('\n')
}

const verdict = ({ agrees, causes }: ReconciledNumber): string => {
  const reasons = causes.map(causeText).join(', ')
  if (!agrees) return `✗ ${reasons}`
  return causes.length === 0 ? '' : `в пределах допуска: ${reasons}`
}

/** Notification to the admins about a difference. */
export function reconciliationNotice(found: Reconciliation): string {
  return [
    `⚠️ ${title(found)}`,
    ...found.numbers.filter(isWrong).map(n => {
      const values = Object.entries({ PostgreSQL: n.postgres, Loki: n.loki, Prometheus: n.prometheus })
      const known = values.flatMap(([place, value]) => (value === null ? [] : [`${place} ${show(value)}`]))
      return `${labelOf(n)}: ${known.join(', ')} (${n.causes.map(causeText).join(', ')})`
    }),
    ...absences(found.sources, 'unreachable'),
  ].join('\n')
}

const isWrong = ({ agrees, causes }: ReconciledNumber): boolean => !agrees && causes.some(c => c !== 'unreachable')

const title = ({ date, agrees, sources, numbers }: Reconciliation): string => {
  const isAlone = Object.values(sources).every(state => state !== 'read')
  if (agrees) return `Сверка за ${date}: ${isAlone ? 'сверять не с чем' : 'числа сходятся'}`
  return `Сверка за ${date}: ${numbers.some(isWrong) ? 'числа расходятся' : 'сверено не всё'}`
}

function absences(sources: Reconciliation['sources'], only?: SourceAnswer['state']): string[] {
  const named = { Loki: sources.loki, Prometheus: sources.prometheus }
  return Object.entries(named).flatMap(([name, state]) =>
    state === 'read' || (only !== undefined && state !== only) ? [] : [`${name}: ${stateTexts[state]}`],
  )
}

const show = (value: number | null): string => (value === null ? '—' : String(Math.round(value * 100) / 100))
