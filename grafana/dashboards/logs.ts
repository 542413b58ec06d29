import { dashboard, envVariable, textVariable } from './lib/dashboard.ts'
import { events } from './lib/labels.ts'
import { logsUid, thisRequest } from './lib/links.ts'
import { lines, logLines, table } from './lib/panels.ts'
import { labelled, logql, logqlNow, sqlTable } from './lib/queries.ts'
import { logsOf, savedQuery } from './lib/saved-queries.ts'

const request = '|= "$request_id"'

export const logs = dashboard({
  uid: logsUid,
  title: 'Логи и запрос',
  description: 'Строки бота за период; с номером запроса: всё, что он написал в лог и оставил в базе.',
  range: 'hours',
  variables: [textVariable('request_id', 'Номер запроса'), envVariable()],
  rows: [
    {
      title: 'Сколько и каких',
      panels: [
        lines({
          title: 'Строки по уровню',
          description: 'Сколько строк написано за каждый отрезок графика.',
          unit: 'count',
          bars: true,
          stacked: true,
          queries: [logql(`sum by (level) (count_over_time(${logsOf()} ${request} [$__auto]))`, '{{level}}')],
        }),
        lines({
          title: 'Строки по событию',
          description: 'Что бот делал: имена из каталога логов.',
          unit: 'count',
          bars: true,
          stacked: true,
          queries: [logql(`sum by (event) (count_over_time(${logsOf()} ${request} [$__auto]))`, '{{event}}')],
        }),
      ],
    },
    {
      title: 'События запроса в базе',
      panels: [
        table({
          title: 'События этого запроса',
          description:
            'Что один запрос оставил в PostgreSQL. Пусто, пока номер не указан: его показывает извинение бота и каждая строка лога.',
          unit: 'count',
          height: 7,
          queries: [
            sqlTable(
              `select "time" as "Когда", ${labelled('event_type', events)} as "Событие", details as "Подробности", request_id as "Запрос" from analytics.recent_events($__timeFrom()::timestamptz, $__timeTo()::timestamptz, \${request_id:sqlstring})`,
            ),
          ],
          overrides: [{ of: 'Когда', width: 180 }],
        }),
      ],
    },
    {
      title: 'Строки',
      panels: [
        logLines({
          title: 'Строки лога',
          description: 'Новые сверху. В каждой строке номер запроса, от него ссылки ко всем его строкам и событиям.',
          queries: [logql(`${logsOf()} ${request}`)],
        }),
      ],
    },
    {
      title: 'Ошибки и медленное',
      panels: [
        table({
          title: 'Ошибки за сутки до конца периода',
          description: 'Предупреждения и ошибки по событию и классу.',
          unit: 'count',
          width: 12,
          value: 'Строк',
          queries: [logqlNow(savedQuery('errors-by-type'))],
        }),
        table({
          title: 'Самые долгие ответы за час до конца периода',
          description: 'Дольше трёх секунд, в миллисекундах. Номер ведёт к строкам и событиям запроса.',
          unit: 'milliseconds',
          width: 12,
          value: 'Время ответа',
          queries: [logqlNow(savedQuery('slowest-updates'))],
          overrides: [{ of: 'request_id', link: thisRequest('__value.text') }],
        }),
      ],
    },
  ],
})
