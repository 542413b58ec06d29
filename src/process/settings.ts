import { z } from 'zod'
import {
  gigaChatModel,
  http,
  mailAddress,
  mailAddresses,
  percentOfOrder,
  port,
  promptShares,
  proxy,
  readerPassword,
  roublesPerMillion,
  timeZone,
  url,
  userIds,
  wholeNumber,
} from './setting-types.ts'

/** Schema of all settings in the environment. `.env.example` describes each. */
export const settings = z.object({
  NODE_ENV: z
    .enum(['production', 'development', 'test'], 'must be production, development or test')
    .default('development'),
  BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]{20,}$/, 'must look like 123456:ABC…, as @BotFather gives it')
    .optional(),
  BOT_USERNAME: z
    .string()
    .regex(/^@?\w{5,32}$/, "must be the bot's user name")
    .transform(v => v.replace(/^@/, ''))
    .optional(),
  WEBHOOK_URL: url('https:', 'http:').optional(),
  WEBHOOK_SECRET: z
    .string()
    .regex(/^[\w-]{16,256}$/, 'must be 16 to 256 letters, digits, _ or -')
    .optional(),
  ADMIN_USER_IDS: userIds.optional(),
  TELEGRAM_API_URL: http.default('https://api.telegram.org'),
  TELEGRAM_MESSAGES_PER_SECOND: wholeNumber(0, 1000).default(30),
  GIGACHAT_AUTH_URL: http.default('https://ngw.devices.sberbank.ru:9443/api/v2/oauth'),
  GIGACHAT_API_URL: http.default('https://gigachat.devices.sberbank.ru/api/v1'),
  GIGACHAT_CREDENTIALS: z.base64('must be the base64 authorization key from GigaChat Studio').optional(),
  GIGACHAT_SCOPE: z
    .enum(
      ['GIGACHAT_API_PERS', 'GIGACHAT_API_B2B', 'GIGACHAT_API_CORP'],
      'must be GIGACHAT_API_PERS, GIGACHAT_API_B2B or GIGACHAT_API_CORP',
    )
    .default('GIGACHAT_API_PERS'),
  GIGACHAT_MODEL: gigaChatModel.default('GigaChat-2-Max'),
  GIGACHAT_CHEAP_MODEL: gigaChatModel.default('GigaChat-2'),
  GIGACHAT_CONCURRENCY: wholeNumber(1, 1000).optional(),
  GIGACHAT_CA_FILE: z.string().optional(),
  LLM_PROVIDER: z.enum(['gigachat', 'openai'], 'must be gigachat or openai').default('gigachat'),
  LLM_FALLBACK_URL: http.transform(v => v.replace(/\/+$/, '').replace(/\/chat\/completions$/, '')).optional(),
  LLM_FALLBACK_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+( [\x21-\x7e]+)?$/, 'must be a key of Latin letters, digits and signs, or a scheme and a key')
    .optional(),
  LLM_FALLBACK_MODEL: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be the name of a model as its service spells it')
    .optional(),
  LLM_FALLBACK_PRICE: roublesPerMillion.optional(),
  ORDER_CONVERSION_PERCENT: wholeNumber(0, 100).default(30),
  FUNNEL_WINDOW_DAYS: wholeNumber(1, 90).default(7),
  NUMBER_FORMAT: z.enum(['russian', 'plan'], 'must be russian or plan').default('russian'),
  LLM_BUDGET_RUB: wholeNumber(1, 10_000_000).default(1000),
  LLM_USER_BUDGET_RUB: wholeNumber(1, 10_000_000).default(200),
  LLM_SOFT_CAP_RUB: wholeNumber(1, 10_000_000).optional(),
  LLM_USER_SOFT_CAP_RUB: wholeNumber(1, 10_000_000).optional(),
  LLM_HARD_CAP_RUB: wholeNumber(1, 10_000_000).optional(),
  PROMPT_VARIANTS: promptShares.default([]),
  PROMPT_VARIANTS_DIR: z.string().default('./prompts'),
  MCP_URL: http.default('https://mcp.vkusvill.ru/mcp'),
  MCP_REQUESTS_PER_SECOND: wholeNumber(1, 1000).default(1),
  AFFILIATE_PARAM: z
    .string()
    .regex(/^(?!share_basket$)[\w-]{1,40}$/, 'must be the name of a query parameter: 1 to 40 letters, digits, _ or -')
    .optional(),
  AFFILIATE_PERCENT: percentOfOrder.optional(),
  AFFILIATE_TAG: z
    .string()
    .regex(/^[\w.~-]{1,100}$/, 'must be 1 to 100 letters, digits, _ . ~ or -')
    .optional(),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  DATABASE_READ_URL: url('postgres:', 'postgresql:').optional(),
  DATABASE_READ_MAX_LAG_SECONDS: wholeNumber(1, 86_400).default(60),
  GRAFANA_DB_PASSWORD: readerPassword.optional(),
  METABASE_DB_PASSWORD: readerPassword.optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  HTTPS_PROXY: proxy.optional(),
  HTTP_PROXY: proxy.optional(),
  NO_PROXY: z.string().default(''),
  LOKI_URL: http.optional(),
  GRAFANA_URL: http.transform(v => v.replace(/\/+$/, '')).optional(),
  PROMETHEUS_URL: http.optional(),
  ALERTMANAGER_URL: http.optional(),
  ALERT_RECEIVER_TOKEN: z
    .string()
    .regex(/^[\w-]{16,256}$/, 'must be 16 to 256 letters, digits, _ or -')
    .optional(),
  ALERT_WEBHOOK_URL: http.optional(),
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  ALERT_EMAIL_FROM: mailAddress.optional(),
  ALERT_EMAIL_TO: mailAddresses.optional(),
  HEARTBEAT_URL: http.optional(),
  DATA_DIR: z.string().default('./data'),
  ARCHIVE_DIR: z.string().optional(),
  ANALYTICS_TZ: timeZone.default('Europe/Moscow'),
  CART_LIMIT: wholeNumber(0, 10_000).default(5),
  SURVEY_BONUS: wholeNumber(0, 10_000).default(5),
  REFERRAL_BONUS: wholeNumber(0, 10_000).default(3),
  MESSAGES_TOGETHER_MS: wholeNumber(0, 10_000).default(2000),
  MESSAGES_IN_FLIGHT: wholeNumber(1, 10_000).optional(),
  QUEUE_MAX_MINUTES: wholeNumber(1, 1440).default(10),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
  LOG_SPOOL_MB: wholeNumber(1, 1_000_000).default(256),
  LOG_FLUSH_MS: wholeNumber(20, 10_000).default(500),
  LOG_LOCAL_MB: wholeNumber(0, 100_000).default(64),
  HTTP_PORT: port.default(8080),
  METRICS_PORT: port.default(9464),
  METRICS_HOST: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')], 'must be an IP address').default('127.0.0.1'),
  SANDBOX_PORT: port.default(8081),
  SANDBOX_HOSTS: z
    .string()
    .regex(/^\s*[\w.-]+(\s*,\s*[\w.-]+)*\s*$/, 'must be host names separated by commas')
    .transform(v =>
      v
        .toLowerCase()
        .split(',')
        .map(name => name.trim()),
    )
    .default([]),
  ID_HASH_KEY: z.string().min(32, 'must be at least 32 characters').optional(),
  SUPPORT_CONTACT: z.string().max(200).optional(),
})

/** Settings of the commands, which work without those of Telegram, GigaChat and the shop. */
export const commandSettings = settings.pick({
  NODE_ENV: true,
  DATABASE_URL: true,
  DATABASE_READ_URL: true,
  DATABASE_READ_MAX_LAG_SECONDS: true,
  GRAFANA_DB_PASSWORD: true,
  METABASE_DB_PASSWORD: true,
  LOKI_URL: true,
  GRAFANA_URL: true,
  PROMETHEUS_URL: true,
  DATA_DIR: true,
  ARCHIVE_DIR: true,
  ANALYTICS_TZ: true,
  FUNNEL_WINDOW_DAYS: true,
  AFFILIATE_PERCENT: true,
  ORDER_CONVERSION_PERCENT: true,
  CART_LIMIT: true,
  SURVEY_BONUS: true,
  REFERRAL_BONUS: true,
  LOG_LEVEL: true,
  LOG_SPOOL_MB: true,
  LOG_FLUSH_MS: true,
  LOG_LOCAL_MB: true,
  ID_HASH_KEY: true,
})

export type Settings = z.infer<typeof settings>
