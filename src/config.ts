import { join } from 'node:path'
import type { z } from 'zod'
import { ConfigError } from './errors.ts'
import { commandSettings, type Settings, settings } from './process/settings.ts'

/** Required in production; otherwise the sandbox replaces them. */
const requiredInProduction = ['BOT_TOKEN', 'GIGACHAT_CREDENTIALS', 'DATABASE_URL'] as const

type Environment = Record<string, string | undefined>

export type Config = ReturnType<typeof loadConfig>
export type CommandConfig = ReturnType<typeof loadCommandConfig>

const isSet = (environment: Environment, name: string) => (environment[name] ?? '').trim() !== ''
const onlySet = (environment: Environment) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => isSet(environment, name)))
const problemsIn = (error: z.ZodError | undefined) =>
  (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
const required = (name: string) => `${name}: is required when NODE_ENV=production`

/** The settings of a command. Throws ConfigError as `loadConfig` does, about these settings only. */
export function loadCommandConfig(environment: Environment) {
  const parsed = commandSettings.safeParse(onlySet(environment))
  const problems = problemsIn(parsed.error)
  if (environment.NODE_ENV === 'production' && !isSet(environment, 'DATABASE_URL'))
    problems.push(required('DATABASE_URL'))
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems)
  return commandConfig(parsed.data)
}

/** The part of the configuration that bot and commands share. */
function commandConfig(env: z.infer<typeof commandSettings>) {
  return {
    env: env.NODE_ENV,
    db: {
      url: env.DATABASE_URL,
      /** The standby that answers reports; undefined without one. */
      standby:
        env.DATABASE_READ_URL === undefined
          ? undefined
          : { url: env.DATABASE_READ_URL, maxLagMs: env.DATABASE_READ_MAX_LAG_SECONDS * 1000 },
      /** Roles made for others who read the numbers, each when its password is set. */
      readers: [
        { role: 'grafana_reader', password: env.GRAFANA_DB_PASSWORD, setting: 'GRAFANA_DB_PASSWORD' },
        { role: 'metabase_reader', password: env.METABASE_DB_PASSWORD, setting: 'METABASE_DB_PASSWORD' },
      ].flatMap(({ password, ...reader }) => (password === undefined ? [] : [{ ...reader, password }])),
    },
    lokiUrl: env.LOKI_URL?.replace(/\/+$/, ''),
    grafanaUrl: env.GRAFANA_URL,
    prometheusUrl: env.PROMETHEUS_URL?.replace(/\/+$/, ''),
    dataDir: env.DATA_DIR,
    /** Of the months in Parquet files; replicas share it. */
    archiveDir: env.ARCHIVE_DIR ?? join(env.DATA_DIR.replaceAll('{replica}', ''), 'archive'),
    timeZone: env.ANALYTICS_TZ,
    /** Calendar days that a user of the funnel has for its steps. */
    funnelWindowDays: env.FUNNEL_WINDOW_DAYS,
    allowance: { cartLimit: env.CART_LIMIT, surveyBonus: env.SURVEY_BONUS, referralBonus: env.REFERRAL_BONUS },
    log: {
      level: env.LOG_LEVEL,
      spoolBytes: env.LOG_SPOOL_MB * 1024 * 1024,
      flushMs: env.LOG_FLUSH_MS,
      localBytes: env.LOG_LOCAL_MB * 1024 * 1024,
    },
    idHashKey: env.ID_HASH_KEY,
    /** What the income of carts is estimated with. */
    money: { affiliatePercent: env.AFFILIATE_PERCENT ?? null, orderPercent: env.ORDER_CONVERSION_PERCENT },
  }
}

/** Parses the environment into typed settings. Throws ConfigError that names every bad or missing setting, never a value. Empty means unset. */
export function loadConfig(environment: Environment) {
  const parsed = settings.safeParse(onlySet(withProxies(environment)))
  const problems = problemsIn(parsed.error)
  const has = (name: string) => isSet(environment, name)
  if (environment.NODE_ENV === 'production')
    problems.push(...requiredInProduction.filter(name => !has(name) && isUsed(name, environment)).map(required))
  problems.push(...modelProblems(environment))
  if ((environment.DATA_DIR ?? '').includes('{replica}') && !has('DATABASE_URL'))
    problems.push('DATA_DIR: {replica} needs DATABASE_URL, for replicas share one database')
  if (has('WEBHOOK_URL') && !has('WEBHOOK_SECRET')) problems.push('WEBHOOK_SECRET: is required when WEBHOOK_URL is set')
  for (const [set, missing] of [
    ['AFFILIATE_PARAM', 'AFFILIATE_TAG'],
    ['AFFILIATE_TAG', 'AFFILIATE_PARAM'],
    ['ALERTMANAGER_URL', 'ALERT_RECEIVER_TOKEN'],
    ['SMTP_URL', 'ALERT_EMAIL_FROM'],
    ['SMTP_URL', 'ALERT_EMAIL_TO'],
    ['ALERT_EMAIL_TO', 'SMTP_URL'],
  ] as const)
    if (has(set) && !has(missing)) problems.push(`${missing}: is required when ${set} is set`)
  if (parsed.success) problems.push(...capProblems(parsed.data))
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems)

  const env = parsed.data
  return {
    ...commandConfig(env),
    mode: env.BOT_TOKEN === undefined ? ('sandbox' as const) : ('live' as const),
    production: env.NODE_ENV === 'production',
    telegram: {
      /** Empty in the sandbox, until the fake gives its own. */
      token: env.BOT_TOKEN ?? '',
      username: env.BOT_USERNAME,
      apiUrl: env.TELEGRAM_API_URL.replace(/\/+$/, ''),
      messagesPerSecond: env.TELEGRAM_MESSAGES_PER_SECOND,
      webhook: env.WEBHOOK_URL === undefined ? undefined : { url: env.WEBHOOK_URL, secret: env.WEBHOOK_SECRET ?? '' },
      adminUserIds: env.ADMIN_USER_IDS ?? [],
    },
    gigachat: {
      authUrl: env.GIGACHAT_AUTH_URL,
      apiUrl: env.GIGACHAT_API_URL.replace(/\/+$/, ''),
      credentials: env.GIGACHAT_CREDENTIALS ?? '',
      scope: env.GIGACHAT_SCOPE,
      model: env.GIGACHAT_MODEL,
      /** Asked above a soft cap; undefined without one. */
      cheapModel:
        env.LLM_SOFT_CAP_RUB === undefined && env.LLM_USER_SOFT_CAP_RUB === undefined
          ? undefined
          : env.GIGACHAT_CHEAP_MODEL,
      /** Parallel requests the account allows: one for individuals, ten for businesses unless agreed otherwise. */
      concurrency: env.GIGACHAT_CONCURRENCY ?? (env.GIGACHAT_SCOPE === 'GIGACHAT_API_PERS' ? 1 : 10),
      caFile: env.GIGACHAT_CA_FILE,
    },
    /** The service that is asked first; `openai` is the only one then. */
    llmProvider: env.LLM_PROVIDER,
    openAi: secondModel(env),
    /** What 24 hours of model calls may cost before the admins are notified. */
    llmBudgetRub: env.LLM_BUDGET_RUB,
    orderShare: env.ORDER_CONVERSION_PERCENT / 100,
    /** What model calls may cost on one day of `timeZone` before answers are cheaper (soft) or refused (hard). */
    llmCaps: {
      soft: { userRub: env.LLM_USER_SOFT_CAP_RUB, dayRub: env.LLM_SOFT_CAP_RUB },
      hard: { userRub: env.LLM_USER_BUDGET_RUB, dayRub: env.LLM_HARD_CAP_RUB },
    },
    numberFormat: env.NUMBER_FORMAT,
    /** Prompts tried on a share of the users, in percent, each with its file in `dir`. */
    prompts: { dir: env.PROMPT_VARIANTS_DIR, variants: env.PROMPT_VARIANTS },
    shop: { mcpUrl: env.MCP_URL, perSecond: env.MCP_REQUESTS_PER_SECOND },
    /** The partner mark put on cart links; both settings or neither. */
    affiliate:
      env.AFFILIATE_PARAM === undefined || env.AFFILIATE_TAG === undefined
        ? undefined
        : { param: env.AFFILIATE_PARAM, tag: env.AFFILIATE_TAG },
    /** The way to Telegram, GigaChat and the shop; undefined when it is direct. */
    proxy: proxiesOf(env),
    redisUrl: env.REDIS_URL,
    togetherMs: env.MESSAGES_TOGETHER_MS,
    /** Messages that this process answers at the same time; undefined: as many as fit into its heap. */
    mostInFlight: env.MESSAGES_IN_FLIGHT,
    queueMaxMs: env.QUEUE_MAX_MINUTES * 60_000,
    http: { port: env.HTTP_PORT, metricsPort: env.METRICS_PORT, sandboxPort: env.SANDBOX_PORT },
    /** The address that metrics and health are served on. */
    metricsHost: env.METRICS_HOST,
    /** Names, besides those of this machine, by which the sandbox is reached. */
    sandboxHosts: env.SANDBOX_HOSTS,
    supportContact: env.SUPPORT_CONTACT,
    alerting: {
      /** Where its alerts can be silenced; with it the bot evaluates none. */
      alertmanagerUrl: env.ALERTMANAGER_URL?.replace(/\/+$/, ''),
      /** Authenticates what Alertmanager posts. */
      receiverToken: env.ALERT_RECEIVER_TOKEN,
      webhookUrl: env.ALERT_WEBHOOK_URL,
      email:
        env.SMTP_URL === undefined || env.ALERT_EMAIL_FROM === undefined || env.ALERT_EMAIL_TO === undefined
          ? undefined
          : { smtpUrl: env.SMTP_URL, from: env.ALERT_EMAIL_FROM, to: env.ALERT_EMAIL_TO },
      heartbeatUrl: env.HEARTBEAT_URL,
    },
  }
}

const isUsed = (name: string, environment: Environment) =>
  name !== 'GIGACHAT_CREDENTIALS' || environment.LLM_PROVIDER !== 'openai'

/** Which settings of the models are missing. In the sandbox its fakes fill in. */
function modelProblems(environment: Environment): string[] {
  const has = (name: string) => isSet(environment, name)
  const isProduction = environment.NODE_ENV === 'production'
  const isLive = isProduction || has('BOT_TOKEN')
  if (!isLive) return has('LLM_FALLBACK_URL') && !has('LLM_FALLBACK_MODEL') ? [neededBy('LLM_FALLBACK_URL')] : []
  if (environment.LLM_PROVIDER === 'openai')
    return ['LLM_FALLBACK_URL', 'LLM_FALLBACK_MODEL']
      .filter(name => !has(name))
      .map(name => `${name}: is required when LLM_PROVIDER=openai`)
  const problems: string[] = []
  if (!isProduction && !has('GIGACHAT_CREDENTIALS'))
    problems.push(
      'GIGACHAT_CREDENTIALS: is required when BOT_TOKEN is set (without BOT_TOKEN the bot runs in the sandbox)',
    )
  const given = ['LLM_FALLBACK_MODEL', 'LLM_FALLBACK_KEY', 'LLM_FALLBACK_PRICE'].find(has)
  if (has('LLM_FALLBACK_URL') && !has('LLM_FALLBACK_MODEL')) problems.push(neededBy('LLM_FALLBACK_URL'))
  if (!has('LLM_FALLBACK_URL') && given !== undefined)
    problems.push(`LLM_FALLBACK_URL: is required when ${given} is set`)
  return problems
}

/** A soft cap at or above its hard one would never be seen. */
function capProblems(env: Settings): string[] {
  const pairs = [
    ['LLM_SOFT_CAP_RUB', 'LLM_HARD_CAP_RUB'],
    ['LLM_USER_SOFT_CAP_RUB', 'LLM_USER_BUDGET_RUB'],
  ] as const
  return pairs.flatMap(([soft, hard]) => {
    const [below, above] = [env[soft], env[hard]]
    return below !== undefined && above !== undefined && below >= above ? [`${soft}: must be less than ${hard}`] : []
  })
}

const neededBy = (name: string) => `LLM_FALLBACK_MODEL: is required when ${name} is set`

const proxiesOf = (env: Settings) =>
  env.HTTPS_PROXY === undefined && env.HTTP_PROXY === undefined
    ? undefined
    : { https: env.HTTPS_PROXY, http: env.HTTP_PROXY, noProxy: env.NO_PROXY }

/** The model of another service, second after GigaChat or the only one; undefined without one. Its url is empty where the sandbox gives its own. */
function secondModel(env: Settings) {
  if (env.LLM_FALLBACK_MODEL === undefined && env.LLM_PROVIDER === 'gigachat') return undefined
  return {
    url: env.LLM_FALLBACK_URL ?? '',
    key: env.LLM_FALLBACK_KEY,
    model: env.LLM_FALLBACK_MODEL ?? '',
    /** Input and output alike; undefined when it is not known. */
    rubPerMillion: env.LLM_FALLBACK_PRICE,
    proxy: proxiesOf(env),
  }
}

/** The configuration with the services that `fakes` names, the settings of a sandbox, in place of the real ones. */
export function withFakes(config: Config, fakes: Environment): Config {
  const { telegram, gigachat, shop, openAi: fake } = loadConfig(fakes)
  const { openAi } = config
  return {
    ...config,
    // a real one stays: an operator without a key of GigaChat tries the bot with a model of their own
    openAi:
      openAi === undefined || fake === undefined || openAi.url !== ''
        ? openAi
        : {
            ...fake,
            model: openAi.model || fake.model,
            rubPerMillion: openAi.rubPerMillion ?? fake.rubPerMillion,
          },
    telegram: { ...telegram, adminUserIds: [...new Set([...telegram.adminUserIds, ...config.telegram.adminUserIds])] },
    gigachat,
    shop,
    proxy: undefined, // they are on this machine
  }
}

/** The proxy variables are known in both cases; as with curl the lower one counts where both are set. */
function withProxies(environment: Environment): Environment {
  const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].map(name => {
    const lower = environment[name.toLowerCase()]
    return [name, lower === undefined || lower.trim() === '' ? environment[name] : lower]
  })
  return { ...environment, ...Object.fromEntries(proxies) }
}
