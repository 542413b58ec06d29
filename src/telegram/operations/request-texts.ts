import type { LookUpSources } from '../../analytics/requests/look-up-request.ts'
import type { LineSourceName } from '../../analytics/requests/request-lines.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { counted } from '../wording.ts'

const sourceNames: Record<LineSourceName, string> = {
  loki: 'Loki',
  local: 'журнал на диске',
  spool: 'очередь строк для Loki на диске',
}

const failed = (sources: LookUpSources): string[] => [
  ...sources.lines.filter(({ state }) => state === 'failed').map(({ name }) => sourceNames[name]),
  ...(sources.rows ? [] : ['PostgreSQL']),
]

export const requestTexts = {
  unreadable: html`Нужен код из извинения бота или его начало, хотя бы 4 знака. Пример: <code>/admin_request 1A2B3C4D5E6F</code>`,
  unknown: (code: string, sources: LookUpSources): Html => {
    const silent = failed(sources)
    const title = html`Код <code>${code}</code>: ничего не найдено.`
    if (silent.length > 0)
      return html`${title}\n\n⚠️ Не ответили: ${silent.join(', ')}. Ответ неполный, спросите ещё раз позже.`
    return html`${title}\n\nПрочитаны события и строки лога за 30 дней. Проверьте знаки кода; данные могли удалить, а строки другой машины видны только в Loki.`
  },
  several: (code: string, n: number, isCut: boolean): Html =>
    html`С <code>${code}</code> ${isCut ? html`начинаются больше чем ${n} запросов, вот последние` : html`начинаются ${counted(n, ['запрос', 'запроса', 'запросов'])}`}. Который?`,
  title: (requestId: string): Html => html`🔎 Запрос <code>${requestId}</code>`,
  whose: (userId: number): Html => html`Чей: <code>/admin_user ${userId}</code>`,
  waterfall: 'Ход запроса',
  model: (calls: number, tokens: string, rub: string): string =>
    `Модель: ${counted(calls, ['ход', 'хода', 'ходов'])}, токенов ${tokens}, ${rub}`,
  events: 'События',
  eventsInLines: 'по строкам лога',
  grafana: (url: string): Html => html`<a href="${url}">Открыть в Grafana</a>`,
  /** What is missing, and why. */
  gaps: (sources: LookUpSources, lines: number): Html | null => {
    const silent = failed(sources)
    const parts: string[] = []
    if (silent.length > 0) parts.push(`⚠️ Не ответили: ${silent.join(', ')}. Рассказ неполный.`)
    else if (lines === 0)
      parts.push(
        'Строк лога нет: им больше 30 дней, они на другой машине, или LOG_LEVEL выше info, или LOG_LOCAL_MB=0.',
      )
    if (sources.lines.some(({ state }) => state === 'cut')) parts.push('Строк слишком много: прочитаны не все.')
    return parts.length === 0
      ? null
      : joinHtml(
          parts.map(part => html`${part}`),
          '\n',
        )
  },
  picture: (requestId: string): string => `Запрос ${requestId}`,
}
