import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { checkLogql } from './check-logql.ts'

const loki = new URL('../../../loki/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, loki), 'utf8')
const queries = readdirSync(new URL('queries/', loki)).filter(name => name.endsWith('.logql'))

test.each(queries)('%s has a sentence on its purpose, and is valid', name => {
  const query = read(`queries/${name}`)

  expect(query).toMatch(/^# [A-Z].*\.\n[^#]/)
  expect(checkLogql(query)).toEqual([])
})

test('every question has its query', () => {
  expect(queries.sort()).toEqual([
    'cache-share.logql',
    'cost-by-model.logql',
    'costliest-requests.logql',
    'costliest-users.logql',
    'errors-by-type.logql',
    'latency-by-function.logql',
    'one-request.logql',
    'slowest-updates.logql',
    'tokens-by-model.logql',
  ])
})

test.each(queries)('%s sums every line: no comparison drops the small ones', name => {
  const stages = read(`queries/${name}`).replace(/^#.*$/gm, '').split('|')

  expect(stages.filter(stage => /^\s*\w+\s*(?:[<>]=?|[!=]=)\s*[\d.]/.test(stage))).toEqual([])
})

test('Loki answers with as many series as an hour of users or messages may have', () => {
  const Config = z.object({ limits_config: z.object({ max_query_series: z.number() }) })

  expect(Config.parse(parse(read('config.yaml'))).limits_config.max_query_series).toBeGreaterThanOrEqual(10_000)
})

const Rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^([A-Z][a-z]+)+$/),
          expr: z.string(),
          for: z.string(),
          labels: z.object({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({
            summary: z.string(),
            description: z.string(),
            runbook_url: z.string(),
            dashboard_url: z.string(),
          }),
        }),
      ),
    }),
  ),
})

test('the alerts on log lines are complete, and their queries are valid', () => {
  const { groups } = Rules.parse(parse(read('rules/fake/bot.yaml')))

  const alerts = groups.flatMap(({ rules }) => rules)
  expect(alerts.map(({ alert }) => alert)).toEqual(['BotCrashed', 'UpstreamContractDrifted'])
  expect(alerts.flatMap(({ expr }) => checkLogql(expr))).toEqual([])
})

test('Loki is configured with one store, and with retention enabled', () => {
  const config = parse(read('config.yaml'))

  expect(config.schema_config.configs[0]).toMatchObject({ store: 'tsdb', schema: 'v13', index: { period: '24h' } })
  expect(config.compactor).toMatchObject({ retention_enabled: true })
  expect(config.compactor.delete_request_store).toBe(config.schema_config.configs[0].object_store)
  expect(config.limits_config.retention_period).toBe('720h')
})

test.each([
  ['{service_name="vkusvill-bot"', /syntax error/],
  ['{service_name=vkusvill-bot}', /syntax error/],
  ['{service_name="vkusvill-bot"} | jsn', /syntax error/],
  ['sum(count_over_time({service_name="vkusvill-bot"}))', /syntax error/],
  [
    'sum(sum_over_time({service_name="vkusvill-bot", event="llm_usage"} | json t="billable_tokens" [5m]))',
    /without unwrap/,
  ],
  ['{level="error"}', /selector without service_name/],
  ['{service_name=~".*"}', /selector without service_name/],
  ['{service_name="vkusvill-bot", user_id="7"}', /no such label: user_id/],
  ['{service_name="vkusvill-bot", event="llm_call"}', /no such event: llm_call/],
  ['{service_name="vkusvill-bot", event=~"llm_usage|llm_call"}', /no such event: llm_call/],
  ['{service_name="vkusvill-bot", level="warn"}', /no such level: warn/],
  ['{service_name="vkusvill-bot", event="llm_usage"} | json t="tokens"', /field tokens is in no line of llm_usage/],
  ['{service_name="vkusvill-bot", event="tool_call"} | json cost_rub', /field cost_rub is in no line of tool_call/],
])('%s is found to be wrong', (query, problem) => {
  expect(checkLogql(query).join('\n')).toMatch(problem)
})

test.each([
  `{service_name="vkusvill-bot", env=~"$env", level="critical"} |= "\${request_id}"`,
  'sum by (model) (rate({service_name="vkusvill-bot", event="llm_usage"} | json model="model" [$__auto]))',
  '{service_name="vkusvill-bot"} | json cost_rub, err_type="err.type"',
])('%s is well', query => {
  expect(checkLogql(query)).toEqual([])
})
