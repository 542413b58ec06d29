import { z } from 'zod'
import { ConfigError } from './errors.ts'

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      v => URL.canParse(v) && protocols.includes(new URL(v).protocol),
      `must be a URL (${protocols.join(' or ')}//…)`,
    )
const http = url('http:', 'https:')
/** Tools take `host:port` for a proxy that speaks plain HTTP. */
const proxy = z
  .string()
  .transform(v => (v.includes('://') ? v : `http://${v}`))
  .pipe(http)
const port = z.coerce
  .number('must be a port number')
  .int('must be a port number')
  .min(0, 'must be a port, 0 to 65535')
  .max(65_535, 'must be a port, 0 to 65535')
const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return z.coerce.number(message).int(message).min(min, message).max(max, message)
}
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
const priceMessage = 'must be whole roubles per million tokens, from 0 to 1000000 (0.8 per thousand are 800)'
const roublesPerMillion = z.coerce
  .number(priceMessage)
  .int(priceMessage)
  .min(0, priceMessage)
  .max(1_000_000, priceMessage)
const readerPassword = z.string().min(16, 'must be at least 16 characters')
const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Moscow')
const userIds = z
  .string()
  .regex(/^\s*\d+(\s*,\s*\d+)*\s*$/, 'must be Telegram user ids separated by commas')
  .transform(v => v.split(',').map(Number))
  .refine(ids => ids.every(Number.isSafeInteger), 'must be Telegram user ids separated by commas')

const promptShares = z
  .string()
  .regex(
    /^\s*[a-z0-9-]{1,20}\s*:\s*\d{1,3}(\s*,\s*[a-z0-9-]{1,20}\s*:\s*\d{1,3})*\s*$/,
    'must be variants with their share of the users in percent, such as b:20,c:10',
  )
  .transform(v =>
    v.split(',').map(part => {
      const [name = '', share = ''] = part.split(':').map(word => word.trim())
      return { name, share: Number(share) }
    }),
  )
  .refine(variants => variants.every(({ share }) => share > 0), 'must give each variant 1 percent or more')
  .refine(variants => sum(variants.map(({ share }) => share)) <= 100, 'must not sum up to more than 100 percent')
  .refine(variants => new Set(variants.map(({ name }) => name)).size === variants.length, 'must name each variant once')

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

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
  GIGACHAT_AUTH_URL: http.default('https://ngw.devices.sberbank.ru:9443/api/v2/oauth'),
  GIGACHAT_API_URL: http.default('https://gigachat.devices.sberbank.ru/api/v1'),
  GIGACHAT_CREDENTIALS: z.base64('must be the base64 authorization key from GigaChat Studio').optional(),
  GIGACHAT_SCOPE: z
    .enum(
      ['GIGACHAT_API_PERS', 'GIGACHAT_API_B2B', 'GIGACHAT_API_CORP'],
      'must be GIGACHAT_API_PERS, GIGACHAT_API_B2B or GIGACHAT_API_CORP',
    )
    .default('GIGACHAT_API_PERS'),
  GIGACHAT_MODEL: z
    .string()
    .regex(/^[\w.-]+$/, 'must be a model name such as GigaChat-2-Max')
    .default('GigaChat-2-Max'),
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
  LLM_BUDGET_RUB: wholeNumber(1, 10_000_000).default(1000),
  LLM_USER_BUDGET_RUB: wholeNumber(1, 10_000_000).default(200),
  PROMPT_VARIANTS: promptShares.default([]),
  PROMPT_VARIANTS_DIR: z.string().default('./prompts'),
  MCP_URL: http.default('https://mcp.vkusvill.ru/mcp'),
  MCP_REQUESTS_PER_SECOND: wholeNumber(1, 1000).default(1),
  AFFILIATE_PARAM: z
    .string()
    .regex(/^(?!share_basket$)[\w-]{1,40}$/, 'must be the name of a query parameter: 1 to 40 letters, digits, _ or -')
    .optional(),
  AFFILIATE_TAG: z
    .string()
    .regex(/^[\w.~-]{1,100}$/, 'must be 1 to 100 letters, digits, _ . ~ or -')
    .optional(),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  GRAFANA_DB_PASSWORD: readerPassword.optional(),
  METABASE_DB_PASSWORD: readerPassword.optional(),
  REDIS_URL: url('redis:', 'rediss:').optional(),
  HTTPS_PROXY: proxy.optional(),
  HTTP_PROXY: proxy.optional(),
  NO_PROXY: z.string().default(''),
  LOKI_URL: http.optional(),
  PROMETHEUS_URL: http.optional(),
  DATA_DIR: z.string().default('./data'),
  ANALYTICS_TZ: timeZone.default('Europe/Moscow'),
  CART_LIMIT: wholeNumber(0, 10_000).default(5),
  SURVEY_BONUS: wholeNumber(0, 10_000).default(5),
  REFERRAL_BONUS: wholeNumber(0, 10_000).default(3),
  MESSAGES_TOGETHER_MS: wholeNumber(0, 10_000).default(2000),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
  LOG_SPOOL_MB: wholeNumber(1, 1_000_000).default(256),
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
const commandSettings = settings.pick({
  NODE_ENV: true,
  DATABASE_URL: true,
  GRAFANA_DB_PASSWORD: true,
  METABASE_DB_PASSWORD: true,
  LOKI_URL: true,
  PROMETHEUS_URL: true,
  DATA_DIR: true,
  ANALYTICS_TZ: true,
  CART_LIMIT: true,
  SURVEY_BONUS: true,
  REFERRAL_BONUS: true,
  LOG_LEVEL: true,
  LOG_SPOOL_MB: true,
  ID_HASH_KEY: true,
})

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
      /** Roles made for others who read the numbers, each when its password is set. */
      readers: [
        { role: 'grafana_reader', password: env.GRAFANA_DB_PASSWORD, setting: 'GRAFANA_DB_PASSWORD' },
        { role: 'metabase_reader', password: env.METABASE_DB_PASSWORD, setting: 'METABASE_DB_PASSWORD' },
      ].flatMap(({ password, ...reader }) => (password === undefined ? [] : [{ ...reader, password }])),
    },
    lokiUrl: env.LOKI_URL?.replace(/\/+$/, ''),
    prometheusUrl: env.PROMETHEUS_URL?.replace(/\/+$/, ''),
    dataDir: env.DATA_DIR,
    timeZone: env.ANALYTICS_TZ,
    allowance: { cartLimit: env.CART_LIMIT, surveyBonus: env.SURVEY_BONUS, referralBonus: env.REFERRAL_BONUS },
    log: { level: env.LOG_LEVEL, spoolBytes: env.LOG_SPOOL_MB * 1024 * 1024 },
    idHashKey: env.ID_HASH_KEY,
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
  ] as const)
    if (has(set) && !has(missing)) problems.push(`${missing}: is required when ${set} is set`)
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
      webhook: env.WEBHOOK_URL === undefined ? undefined : { url: env.WEBHOOK_URL, secret: env.WEBHOOK_SECRET ?? '' },
      adminUserIds: env.ADMIN_USER_IDS ?? [],
    },
    gigachat: {
      authUrl: env.GIGACHAT_AUTH_URL,
      apiUrl: env.GIGACHAT_API_URL.replace(/\/+$/, ''),
      credentials: env.GIGACHAT_CREDENTIALS ?? '',
      scope: env.GIGACHAT_SCOPE,
      model: env.GIGACHAT_MODEL,
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
    /** What one user's model calls may cost on one day of `timeZone` before the model is no longer called. */
    llmUserBudgetRub: env.LLM_USER_BUDGET_RUB,
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
    http: { port: env.HTTP_PORT, metricsPort: env.METRICS_PORT, sandboxPort: env.SANDBOX_PORT },
    /** The address that metrics and health are served on. */
    metricsHost: env.METRICS_HOST,
    /** Names, besides those of this machine, by which the sandbox is reached. */
    sandboxHosts: env.SANDBOX_HOSTS,
    supportContact: env.SUPPORT_CONTACT,
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

const neededBy = (name: string) => `LLM_FALLBACK_MODEL: is required when ${name} is set`

type Settings = z.infer<typeof settings>

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
