import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { ConfigError } from './errors.ts'
import { settings } from './process/settings.ts'

const token = '123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env)
  } catch (err) {
    if (err instanceof ConfigError) return err.problems
    throw err
  }
  return []
}

test('without a token the bot runs in the sandbox with defaults', () => {
  const config = loadConfig({ BOT_TOKEN: '  ' })

  expect(config).toMatchObject({
    mode: 'sandbox',
    timeZone: 'Europe/Moscow',
    allowance: { cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
  })
  expect(config.http).toEqual({ port: 8080, metricsPort: 9464, sandboxPort: 8081 })
})

test('production names every missing setting together', () => {
  const problems = problemsOf({ NODE_ENV: 'production' })

  expect(problems.map(p => p.split(':')[0])).toEqual(['BOT_TOKEN', 'GIGACHAT_CREDENTIALS', 'DATABASE_URL'])
})

test('all mistakes are reported together and no value is', () => {
  const env = {
    BOT_TOKEN: 'secret-one',
    DATABASE_URL: 'mysql://secret-two',
    ADMIN_USER_IDS: '1,secret-three',
    CART_LIMIT: 'secret-four',
    HTTP_PORT: '70000',
    ANALYTICS_TZ: 'secret/five',
    LOG_LEVEL: 'secret-six',
    WEBHOOK_URL: 'https://example.org/secret-seven',
  }

  const problems = problemsOf(env)

  expect(problems.map(p => p.split(':')[0]).sort()).toEqual(
    [...Object.keys(env).filter(k => k !== 'WEBHOOK_URL'), 'GIGACHAT_CREDENTIALS', 'WEBHOOK_SECRET'].sort(),
  )
  expect(problems.join()).not.toMatch(/secret-|70000/)
})

test('settings of alerts that need each other are named together', () => {
  expect(problemsOf({ ALERTMANAGER_URL: 'http://am:9093' })).toEqual([
    'ALERT_RECEIVER_TOKEN: is required when ALERTMANAGER_URL is set',
  ])
  expect(problemsOf({ SMTP_URL: 'smtp://mail:587' })).toEqual([
    'ALERT_EMAIL_FROM: is required when SMTP_URL is set',
    'ALERT_EMAIL_TO: is required when SMTP_URL is set',
  ])
  expect(problemsOf({ SMTP_URL: 'mail:587', ALERT_EMAIL_FROM: 'nobody', ALERT_EMAIL_TO: 'a@b.ru, c' })).toHaveLength(3)

  const { email } = loadConfig({
    SMTP_URL: 'smtps://u:p@mail',
    ALERT_EMAIL_FROM: 'Бот <bot@example.org>',
    ALERT_EMAIL_TO: 'a@example.org, b@example.org',
  }).alerting
  expect(email).toMatchObject({ from: 'Бот <bot@example.org>', to: ['a@example.org', 'b@example.org'] })
})

test('a soft cap must be below its hard one; the cheaper model is used with a soft cap only', () => {
  const caps = { LLM_SOFT_CAP_RUB: '300', LLM_HARD_CAP_RUB: '300', LLM_USER_SOFT_CAP_RUB: '201' }

  expect(problemsOf(caps)).toEqual([
    'LLM_SOFT_CAP_RUB: must be less than LLM_HARD_CAP_RUB',
    'LLM_USER_SOFT_CAP_RUB: must be less than LLM_USER_BUDGET_RUB',
  ])
  const { llmCaps, gigachat } = loadConfig({ LLM_USER_SOFT_CAP_RUB: '199' })
  expect(llmCaps).toEqual({ soft: { userRub: 199, dayRub: undefined }, hard: { userRub: 200, dayRub: undefined } })
  expect(gigachat.cheapModel).toBe('GigaChat-2')
  expect(loadConfig({ LLM_HARD_CAP_RUB: '300' }).gigachat.cheapModel).toBeUndefined()
})

test('a proxy is known in both cases and without its scheme; the lower case wins', () => {
  const { proxy } = loadConfig({ HTTPS_PROXY: 'upper:3128', https_proxy: 'lower:3128', no_proxy: '127.0.0.1' })

  expect(proxy).toEqual({ https: 'http://lower:3128', http: undefined, noProxy: '127.0.0.1' })
  expect(loadConfig({ HTTP_PROXY: ' ', https_proxy: '' }).proxy).toBeUndefined()
  expect(loadConfig({ HTTP_PROXY: 'http://u:p@proxy:1', http_proxy: '' }).proxy?.http).toBe('http://u:p@proxy:1')
})

test.each(['socks5://secret@host:1080', 'http://', '://'])('a proxy %s is refused by name, not by value', value => {
  expect(() => loadConfig({ HTTPS_PROXY: value })).toThrow(/^(?=[\s\S]*HTTPS_PROXY)(?![\s\S]*secret)/)
})

test('the partner mark needs both of its settings', () => {
  expect(problemsOf({ AFFILIATE_PARAM: 'partner' })).toEqual([expect.stringMatching(/^AFFILIATE_TAG: is required/)])
  expect(problemsOf({ AFFILIATE_TAG: 'bot' })).toEqual([expect.stringMatching(/^AFFILIATE_PARAM: is required/)])
  expect(problemsOf({ AFFILIATE_PARAM: 'share_basket', AFFILIATE_TAG: '<b>' })).toHaveLength(2)
  expect(loadConfig({}).affiliate).toBeUndefined()
  expect(loadConfig({ AFFILIATE_PARAM: 'partner', AFFILIATE_TAG: 'bot-1' }).affiliate).toEqual({
    param: 'partner',
    tag: 'bot-1',
  })
})

test('parallel model requests follow the scope unless set', () => {
  const live = { BOT_TOKEN: token, GIGACHAT_CREDENTIALS: 'YTpi' }

  expect(loadConfig(live).gigachat.concurrency).toBe(1)
  expect(loadConfig({ ...live, GIGACHAT_SCOPE: 'GIGACHAT_API_B2B' }).gigachat.concurrency).toBe(10)
  expect(loadConfig({ ...live, GIGACHAT_CONCURRENCY: '4' }).gigachat.concurrency).toBe(4)
})

test('the second model needs a URL and a name, which the sandbox gives itself', () => {
  const live = { BOT_TOKEN: token, GIGACHAT_CREDENTIALS: 'YTpi' }
  const [url, model] = ['http://127.0.0.1:11434/v1/', 'qwen3:8b']
  const names = (env: Record<string, string>) => problemsOf(env).map(problem => problem.split(' when ')[0])

  expect(loadConfig(live).openAi).toBeUndefined()
  expect(loadConfig({ ...live, LLM_FALLBACK_URL: url, LLM_FALLBACK_MODEL: model }).openAi).toEqual({
    url: 'http://127.0.0.1:11434/v1',
    key: undefined,
    model,
    rubPerMillion: undefined,
    proxy: undefined,
  })
  expect(names({ ...live, LLM_FALLBACK_URL: url })).toEqual(['LLM_FALLBACK_MODEL: is required'])
  expect(names({ LLM_FALLBACK_URL: url })).toEqual(['LLM_FALLBACK_MODEL: is required'])
  expect(names({ ...live, LLM_FALLBACK_MODEL: model })).toEqual(['LLM_FALLBACK_URL: is required'])
  expect(names({ ...live, LLM_FALLBACK_KEY: 'key' })).toEqual(['LLM_FALLBACK_URL: is required'])
  expect(loadConfig({ LLM_FALLBACK_MODEL: model, LLM_FALLBACK_PRICE: '800' }).openAi).toMatchObject({
    url: '',
    rubPerMillion: 800,
  })
})

test('with LLM_PROVIDER=openai the other model is the only one, in production too', () => {
  const production = {
    NODE_ENV: 'production',
    BOT_TOKEN: token,
    DATABASE_URL: 'postgres://db/bot',
    LLM_PROVIDER: 'openai',
  }

  expect(problemsOf(production)).toEqual([
    'LLM_FALLBACK_URL: is required when LLM_PROVIDER=openai',
    'LLM_FALLBACK_MODEL: is required when LLM_PROVIDER=openai',
  ])
  expect(
    loadConfig({ ...production, LLM_FALLBACK_URL: 'https://llm/v1/chat/completions', LLM_FALLBACK_MODEL: 'gpt://a/b' }),
  ).toMatchObject({ llmProvider: 'openai', openAi: { url: 'https://llm/v1', model: 'gpt://a/b' } })
  expect(loadConfig({ LLM_PROVIDER: 'openai' }).openAi).toMatchObject({ url: '', model: '' })
})

test.each(['0.8', '-1', 'secret', '1000001'])('a price of %s is refused with the unit', price => {
  expect(problemsOf({ LLM_FALLBACK_PRICE: price })).toEqual([
    expect.stringMatching(/^LLM_FALLBACK_PRICE: must be whole roubles per million tokens/),
  ])
})

test.each([
  ['LLM_PROVIDER', 'secret', 'must be gigachat or openai'],
  ['LLM_FALLBACK_URL', 'secret', 'must be a URL'],
  ['LLM_FALLBACK_MODEL', 'сикрет secret', 'must be the name of a model'],
  ['LLM_FALLBACK_KEY', 'ключ-secret', 'must be a key'],
])('a bad %s is named and not quoted', (name, value, expected) => {
  const problems = problemsOf({ LLM_FALLBACK_MODEL: 'm', [name]: value })

  expect(problems).toEqual([expect.stringContaining(`${name}: ${expected}`)])
  expect(problems.join()).not.toContain('secret')
})

test('.env.example lists every setting and nothing else', () => {
  const [settingsOfTheBot = ''] = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n# ===')
  const lines = settingsOfTheBot.split('\n')
  const listed = lines.flatMap(line => /^#? ?([A-Z][A-Z_]+)=/.exec(line)?.[1] ?? [])

  expect(listed.sort()).toEqual(Object.keys(settings.shape).sort())
})

test('variants of the prompt have a name each, a share each, and leave no more than everyone', () => {
  expect(loadConfig({ PROMPT_VARIANTS: 'b:20, c : 80' }).prompts.variants).toEqual([
    { name: 'b', share: 20 },
    { name: 'c', share: 80 },
  ])
  expect(loadConfig({}).prompts).toEqual({ dir: './prompts', variants: [] })
  for (const wrong of ['b', 'b=20', '20', 'B:20', '../b:20', 'b:20,', 'b:-1'])
    expect(problemsOf({ PROMPT_VARIANTS: wrong })).toEqual([expect.stringMatching(/^PROMPT_VARIANTS: .*such as b:20/)])
  expect(problemsOf({ PROMPT_VARIANTS: 'b:0' })).toEqual([expect.stringMatching(/1 percent or more/)])
  expect(problemsOf({ PROMPT_VARIANTS: 'b:60,c:41' })).toEqual([expect.stringMatching(/more than 100 percent/)])
  expect(problemsOf({ PROMPT_VARIANTS: 'b:6,b:41' })).toEqual([expect.stringMatching(/each variant once/)])
})
