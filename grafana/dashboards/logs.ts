import { dashboard, envVariable, textVariable } from './lib/dashboard.ts'
import { logsUid, thisRequest } from './lib/links.ts'
import { lines, logLines, nowTile } from './lib/panels.ts'
import { logql, logqlNow } from './lib/queries.ts'
import { logsOf, savedQuery } from './lib/saved-queries.ts'
import { asSentences } from './lib/sentences.ts'
import { table } from './lib/tables.ts'

const env = 'env=~"$env"'
const request = '|= "$request_id"'

export const logs = dashboard({
  uid: logsUid,
  title: 'Логи',
  description: 'Строки бота за период; с номером запроса – его строки. Ход одного запроса показывает «Запрос».',
  range: 'hours',
  variables: [textVariable('request_id', 'Номер запроса'), envVariable()],
  rows: [
    {
      title: 'Всё ли хорошо',
      panels: [
        nowTile({
          title: 'Ошибок за час',
          description: 'Строки error и fatal, по счёту бота. Ошибка в логе значит: кто-то должен посмотреть.',
          unit: 'count',
          width: 6,
          thresholds: [null, 'green', 1, 'orange', 20, 'red'],
          expr: `sum(increase(bot_log_lines_total{${env}, level=~"error|fatal"}[1h]))`,
        }),
        nowTile({
          title: 'Предупреждений за час',
          description: 'Строки warn: не вышло у соседнего сервиса. Рядом столько же сутки назад.',
          unit: 'count',
          width: 6,
          expr: `sum(increase(bot_log_lines_total{${env}, level="warn"}[1h]))`,
        }),
        nowTile({
          title: 'Строк за час',
          description: 'Всё, что бот записал. Ноль: он стоит или не пишет.',
          unit: 'count',
          width: 6,
          expr: `sum(increase(bot_log_lines_total{${env}}[1h]))`,
        }),
        nowTile({
          title: 'Старейшая ждёт Loki',
          description: 'Возраст самой старой строки на диске. Больше пяти минут: Loki не берёт, но ничего не потеряно.',
          unit: 'seconds',
          decimals: 0,
          width: 6,
          thresholds: [null, 'green', 60, 'orange', 300, 'red'],
          expr: `max(bot_log_spool_oldest_seconds{${env}})`,
        }),
      ],
    },
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
      title: 'Строки',
      panels: [
        logLines({
          title: 'Строки лога',
          description: 'Новые сверху. Нажмите строку: её поля, ссылки к ходу и ко всем строкам запроса.',
          queries: [logql(asSentences(`${logsOf()} ${request}`))],
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
          overrides: [{ of: 'Событие', width: 210 }],
        }),
        table({
          title: 'Самые долгие ответы за час до конца периода',
          description: 'Двадцать самых долгих, в миллисекундах. Номер ведёт к строкам и событиям запроса.',
          unit: 'milliseconds',
          width: 12,
          value: 'Время ответа',
          queries: [logqlNow(savedQuery('slowest-updates'))],
          overrides: [{ of: 'Запрос', link: thisRequest('__value.text') }],
        }),
        logLines({
          title: 'Последние предупреждения и ошибки',
          description: 'Новые сверху. Ссылка в строке ведёт к ходу запроса, в котором это случилось.',
          queries: [logql(asSentences(`${logsOf('level=~"warning|error|critical"')} ${request}`))],
        }),
      ],
    },
  ],
})
