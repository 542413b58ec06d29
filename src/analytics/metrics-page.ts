import {
  changeDefinition,
  funnelDefinition,
  funnelOpenDefinition,
  stageLabels,
  summaryNumbers,
  tableNumbers,
} from './dictionary.ts'
import { funnelStages } from './numbers.ts'

/** Renders the dictionary as docs/metrics.md. */
export function metricsPage(): string {
  const numbers = summaryNumbers.map(
    ({ label, unit, definition, sql }) => `| ${label} | ${unit} | ${definition} | \`${sql}\` |`,
  )
  const tables = tableNumbers.flatMap(({ name, label, sql, row, columns }) => [
    `### ${label} (\`${name}\`)`,
    '',
    `${row} \`${sql}\``,
    '',
    '| column | definition |',
    '|---|---|',
    ...Object.entries(columns).map(([column, definition]) => `| \`${column}\` | ${definition} |`),
    '',
  ])
  return `${[
    '<!-- Written by `npm run docs:metrics` from src/analytics/dictionary.ts. Do not edit. -->',
    '# Numbers',
    '',
    'Every number has one definition, used by the chat, `npm run report`, Grafana and Metabase alike. Days are calendar days of',
    '`ANALYTICS_TZ`; a period includes its first and its last day; *today* is the running day, *week* and *month* are the last 7 and',
    '30 days with today in them. «—» and `null` mean that there is no answer, for example a share of no users.',
    '',
    '## A period in one block',
    '',
    '| number | unit | definition | SQL |',
    '|---|---|---|---|',
    ...numbers,
    '',
    '## Funnel',
    '',
    `${funnelDefinition} \`select * from analytics.funnel(from, to, source)\``,
    '',
    `${funnelOpenDefinition} \`select analytics.funnel_open(from, to, source, days)\``,
    '',
    '| step | shown as |',
    '|---|---|',
    ...funnelStages.map(stage => `| \`${stage}\` | ${stageLabels[stage]} |`),
    '',
    '## Changes',
    '',
    ...changeDefinition,
    '',
    '## Tables',
    '',
    ...tables,
    '## By day',
    '',
    '`analytics.days(from, to)` has every day of a period, empty ones as zeros. Nothing in the schema `analytics` identifies a user.',
    'The views and functions carry these definitions as comments (`\\d+ analytics.daily`, `\\df+ analytics.*`), which Metabase and',
    'other clients show beside the columns.',
    '',
    '## Retention',
    '',
    'Events are retained for 12 months; the totals of earlier days stay. An erased user is deleted from every table with user ids;',
    'what they added to the totals stays there, without the id. Search queries and survey texts are deleted together with their',
    'event or their user. Money is in roubles, GMV is an estimate wherever it is shown.',
  ].join('\n')}\n`
}
