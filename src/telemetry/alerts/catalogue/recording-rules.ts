import { messages, type RecordingRule, type RuleFile } from './rule.ts'

const failedMessages = 'bot_updates_total{type="message", outcome="failed"}'
const answeredBuckets = 'bot_update_duration_seconds_bucket{type="message", outcome="answered"}'

const quantile = (q: number, buckets: string) => `histogram_quantile(${q}, sum by (env, le) (rate(${buckets}[5m])))`
const perSecond = (series: string, window = '5m') => `sum by (env) (rate(${series}[${window}]))`
const share = (part: string, whole: string, window = '5m') =>
  `${perSecond(part, window)}\n/ ${perSecond(whole, window)}`

/** Windows over which the share of failed messages is compared with the SLO. */
const sloWindows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const

type Records = RuleFile<readonly RecordingRule[]>

/** Expressions evaluated under a name, for alerts and dashboards alike. All keep the label `env` and no other. */
export const recordingFiles: Record<string, Records> = {
  messages: {
    comment: 'Messages: what a user wrote and the bot answered, or failed to. The SLO: 99 % of them without bot_error.',
    groups: {
      messages: [
        { record: 'env:bot_messages:rate5m', expr: perSecond(messages) },
        { record: 'env:bot_message_duration_seconds:p50_rate5m', expr: quantile(0.5, answeredBuckets) },
        { record: 'env:bot_message_duration_seconds:p95_rate5m', expr: quantile(0.95, answeredBuckets) },
        ...sloWindows.map(window => ({
          record: `env:bot_messages_failed:ratio_rate${window}`,
          expr: share(failedMessages, messages, window),
        })),
      ],
    },
  },
  upstreams: {
    comment: 'The services that the bot depends on: how often they fail, how long they take, what they cost.',
    groups: {
      gigachat: [
        {
          record: 'env:gen_ai_client_operations:rate5m',
          expr: perSecond('gen_ai_client_operation_duration_seconds_count'),
        },
        {
          record: 'env:gen_ai_client_operations_failed:ratio_rate5m',
          expr: `${perSecond('bot_llm_failures_total')}\n/ (${perSecond('gen_ai_client_operation_duration_seconds_count{error_type=""}')}\n+ ${perSecond('bot_llm_failures_total')})`,
        },
        {
          record: 'env:gen_ai_client_operation_duration_seconds:p95_rate5m',
          expr: quantile(0.95, 'gen_ai_client_operation_duration_seconds_bucket'),
        },
        ...(['gigachat', 'openai'] as const).flatMap(upstream =>
          ['2m', '5m'].map(window => ({
            record: `env:bot_messages_failed_by_${upstream}:ratio_rate${window}`,
            expr: share(`bot_messages_failed_total{upstream="${upstream}"}`, messages, window),
          })),
        ),
        {
          record: 'env:bot_llm_tokens:increase1d',
          expr: 'sum by (env) (increase(bot_llm_tokens_total{type="billable"}[1d]))',
        },
        { record: 'env:bot_llm_cost_rub:increase1d', expr: 'sum by (env) (increase(bot_llm_cost_rub_total[1d]))' },
      ],
      shop: [
        { record: 'env:bot_shop_calls:rate5m', expr: perSecond('bot_shop_calls_total{outcome!="not_sent"}') },
        {
          record: 'env:bot_shop_calls_failed:ratio_rate5m',
          expr: share('bot_shop_calls_total{outcome=~"failed|timeout"}', 'bot_shop_calls_total{outcome!="not_sent"}'),
        },
        {
          record: 'env:bot_shop_call_duration_seconds:p95_rate5m',
          expr: quantile(0.95, 'bot_shop_call_duration_seconds_bucket'),
        },
        {
          record: 'env:bot_shop_cache_hits:ratio_rate5m',
          expr: share('bot_shop_cache_requests_total{result=~"hit|coalesced"}', 'bot_shop_cache_requests_total'),
        },
      ],
      telegram: [
        {
          record: 'env:bot_telegram_calls_failed:ratio_rate5m',
          expr: share(
            'bot_telegram_calls_total{outcome=~"failed|timeout|refused|rate_limited"}',
            'bot_telegram_calls_total{outcome!="aborted"}',
          ),
        },
      ],
      users: [
        { record: 'env:bot_users_active:sum5m', expr: 'sum by (env) (bot_users_active{window="5m"})' },
        { record: 'env:bot_users_active:sum1h', expr: 'sum by (env) (bot_users_active{window="1h"})' },
        { record: 'env:bot_users_failed:sum5m', expr: 'sum by (env) (bot_users_failed{window="5m"})' },
        { record: 'env:bot_carts:increase1h', expr: 'sum by (env) (increase(bot_carts_total[1h]))' },
      ],
    },
  },
}
