import { dashboard, envVariable, textVariable } from './lib/dashboard.ts'
import { events, upstreams } from './lib/labels.ts'
import { requestUid } from './lib/links.ts'
import { logLines, numbers, words } from './lib/panels.ts'
import { labelled, logql, logqlNow, sqlTable } from './lib/queries.ts'
import { logsOf } from './lib/saved-queries.ts'
import { asSentences, inWords } from './lib/sentences.ts'
import { namesOfValues } from './lib/series-names.ts'
import { lineTable, table } from './lib/tables.ts'

/** Lines of the request alone; of every request while no code is given. */
const ofRequest = `|= "\\"request_id\\":\\"$request_id"`
const lines = (event: string) => `${logsOf(`event="${event}"`)} ${ofRequest}`
const usage = (field: string) =>
  `sum(sum_over_time(${lines('llm_usage')} | json value="${field}" | unwrap value | __error__="" [$__range]))`

/** What a step was about: at most one of these, a service with its call. */
const about = { service: upstreams, call: {}, tool: namesOfValues('tool'), function: namesOfValues('function_name') }
const what = Object.entries(about)
  .map(([label, names]) => `{{ with .${label} }}${inWords(names)} {{ end }}`)
  .join('')

/** Every step, with when it began: a line is written when what it is about has ended. */
const steps = [
  `${logsOf('event=~"llm_usage|tool_call|upstream_call|upstream_retry|upstream_failed|update_failed|update_handled"')} ${ofRequest}`,
  `json since="since_ms", took="duration_ms", turn="response_time_ms", tool="tool", function="function_name", call="operation", service="upstream", outcome="outcome", error="error_name", status="status", tokens="billable_tokens", rub="cost_rub"`,
  `label_format ms="{{ if .turn }}{{ .turn }}{{ else if .took }}{{ .took }}{{ else }}0{{ end }}"`,
  `label_format start="{{ sub (int .since) (int .ms) }}"`,
  `label_format what=\`${what}\``,
  `drop since, took, turn, tool, function, call, service`,
].join(' | ')

export const request = dashboard({
  uid: requestUid,
  title: 'Запрос',
  description: 'Что было с одним сообщением: чем кончилось, из чего сложилось его время, что осталось в базе.',
  range: 'hours',
  variables: [textVariable('request_id', 'Код запроса'), envVariable()],
  rows: [
    {
      title: 'Чем кончилось',
      panels: [
        words({
          title: 'Исход',
          description: 'answered: ответил, failed: извинился. Пусто, пока бот отвечает, или если его остановили.',
          unit: 'text',
          height: 7,
          field: 'outcome',
          queries: [
            logqlNow(
              `sum by (outcome) (count_over_time(${lines('update_handled')} | json outcome="outcome" [$__range]))`,
            ),
          ],
          overrides: [{ of: 'outcome', values: namesOfValues('outcome') }],
        }),
        numbers({
          title: 'Время ответа',
          description: 'От получения до ответа; из него ожидание своей очереди и ожидание, не напишут ли ещё.',
          unit: 'milliseconds',
          queries: ['duration_ms', 'queue_ms', 'together_ms'].map(field =>
            logqlNow(
              `max(max_over_time(${lines('update_handled')} | json value="${field}" | unwrap value | __error__="" [$__range]))`,
              { duration_ms: 'всего', queue_ms: 'своя очередь', together_ms: 'ждали ещё слов' }[field],
            ),
          ),
        }),
        numbers({
          title: 'Модель',
          description: 'Ходы модели в этом запросе, токены к оплате и рубли.',
          unit: 'count',
          queries: [
            logqlNow(`sum(count_over_time(${lines('llm_usage')} [$__range]))`, 'ходов'),
            logqlNow(usage('billable_tokens'), 'токенов'),
            logqlNow(usage('cost_rub'), 'стоимость'),
          ],
          overrides: [{ of: 'стоимость', unit: 'rub', decimals: 2 }],
        }),
      ],
    },
    {
      title: 'Ход',
      panels: [
        lineTable({
          title: 'Ход запроса',
          description:
            'Шаги в порядке начала, в миллисекундах от получения: ходы модели, функции, вызовы Telegram, повторы и сбои.',
          unit: 'text',
          queries: [logql(steps)],
          order: 'start',
          numeric: ['start', 'ms', 'tokens', 'rub', 'status'],
          columns: {
            start: 'Начало',
            ms: 'Длительность',
            event: 'Шаг',
            what: 'Что',
            outcome: 'Исход',
            error: 'Ошибка',
            status: 'Ответ',
            tokens: 'Токены',
            rub: 'Рубли',
          },
          overrides: [
            { of: 'Начало', unit: 'milliseconds', gauge: true, width: 200 },
            { of: 'Длительность', unit: 'milliseconds', gauge: true, width: 200 },
            { of: 'Что', width: 230 },
            { of: 'Токены', unit: 'count' },
            { of: 'Рубли', unit: 'rub', decimals: 2 },
          ],
        }),
      ],
    },
    {
      title: 'События и строки',
      panels: [
        table({
          title: 'События этого запроса',
          description: 'Что запрос оставил в PostgreSQL, без человека и без его текста. Код показывает извинение бота.',
          unit: 'count',
          height: 8,
          queries: [
            sqlTable(
              `select "time" as "Когда", ${labelled('event_type', events)} as "Событие", details as "Подробности" from analytics.request_events(\${request_id:sqlstring}, $__timeFrom()::timestamptz, $__timeTo()::timestamptz)`,
            ),
          ],
          overrides: [{ of: 'Когда', width: 180 }],
        }),
        logLines({
          title: 'Строки запроса',
          description: 'Всё, что он написал в лог, новые сверху.',
          queries: [logql(asSentences(`${logsOf()} ${ofRequest}`))],
        }),
      ],
    },
  ],
})
