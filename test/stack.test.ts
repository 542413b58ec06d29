import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { settings } from '../src/process/settings.ts'
import { createSandbox } from '../src/sandbox/sandbox.ts'
import { silentLog } from '../src/telemetry/log.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const composeText = read('docker-compose.yml')
const composeJson: unknown = parse(composeText, { merge: true })

const Environment = z.record(z.string(), z.string().nullable())
const Volume = z.union([z.string(), z.looseObject({ type: z.string(), source: z.string(), target: z.string() })])
const Service = z.looseObject({
  image: z.string(),
  build: z.looseObject({ target: z.string() }).optional(),
  profiles: z.array(z.string()).default([]),
  environment: Environment.default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(Volume).default([]),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  logging: z.looseObject({ options: z.looseObject({ 'max-size': z.string() }) }),
  mem_limit: z.string(),
  restart: z.string().optional(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
})
const { services, volumes } = z
  .object({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.null()) })
  .parse(composeJson)
const service = (name: string) => {
  const found = services[name]
  if (found === undefined) throw new TypeError(`no service ${name}`)
  return found
}
const names = Object.keys(services)

/** Megabytes. */
const memory = (text: string) => Number.parseInt(text, 10) * (text.endsWith('g') ? 1024 : 1)

/** `KEY=value` lines; a commented key counts too. */
const keysOf = (text: string) => [...text.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, key = '']) => key)
const [botSettings = '', stackSettings = ''] = read('.env.example').split('\n# ===')

function validateCompose(json: unknown): string[] {
  const folder = dirname(createRequire(import.meta.url).resolve('dclint/package.json'))
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  // it names its dialect with https, which Ajv does not know it by
  const { $schema: _draft07, ...schema } = JSON.parse(readFileSync(join(folder, 'schemas/compose.schema.json'), 'utf8'))
  const validate = ajv.compile(schema)
  validate(json)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
}

test('the compose file is one by the schema of the Compose specification', () => {
  expect(validateCompose(composeJson)).toEqual([])
})

test('the schema refuses a misspelt key and a port that is none', () => {
  const broken = parse('services: { a: { image: x, prots: ["80"], mem_limit: [] } }')

  expect(validateCompose(broken).join('\n')).toMatch(/additional properties|mem_limit/)
})

test('every service is pinned, bounded in memory and logs, and restarts automatically', () => {
  for (const [name, { image, build, logging, mem_limit, restart }] of Object.entries(services)) {
    if (build === undefined) expect(image, name).toMatch(/:v?\d+\.\d+/)
    expect(logging.options['max-size'], name).toBe('10m')
    expect(memory(mem_limit), name).toBeGreaterThan(0)
    if (!['archive', 'smoke'].includes(name)) expect(restart, name).toBeDefined()
  }
})

test('no service keeps a capability it does not need, nor gains one', () => {
  const kept = names.filter(name => !isDeepStrictEqual(service(name).cap_drop, ['ALL']))
  const added = names.filter(name => service(name).cap_add !== undefined)

  // Metabase's image hands its files over as root first; smoke runs for a minute and on request
  expect(kept).toEqual(['metabase', 'smoke'])
  expect(added.map(name => [name, service(name).cap_add])).toEqual([['webhook', ['NET_BIND_SERVICE']]])
  for (const name of names.filter(name => name !== 'smoke'))
    expect(service(name).security_opt, name).toEqual(['no-new-privileges:true'])
})

test('Redis asks for the password that the bot has', () => {
  const { command, environment } = service('redis')

  expect(String(command)).toContain('--requirepass "$$REDIS_PASSWORD"')
  expect(environment.REDIS_PASSWORD).toMatch(/^\$\{REDIS_PASSWORD:\?/)
  expect(service('bot').environment.REDIS_URL).toBe(`redis://:\${REDIS_PASSWORD}@redis:6379`)
})

test('what runs by default fits two gigabytes, with the fakes too', () => {
  const running = Object.values(services).filter(({ profiles }) => profiles.every(profile => profile === 'sandbox'))

  expect(running.reduce((sum, { mem_limit }) => sum + memory(mem_limit), 0)).toBeLessThanOrEqual(2048)
})

test('the profile scale is three bots that differ in nothing, found by one name, behind Caddy', () => {
  const { profiles, deploy, networks, ...replica } = service('bot-replica')
  const { profiles: _always, ...bot } = service('bot')
  const caddy = service('webhook')
  const proxy = read('caddy/Caddyfile')

  expect(replica).toEqual(bot) // the key that opens the inbox, Redis and PostgreSQL among it
  expect([profiles, deploy, networks]).toEqual([['scale'], { replicas: 2 }, { default: { aliases: ['bot'] } }])
  expect(bot.environment).toMatchObject({
    DATA_DIR: '/data/{replica}',
    ID_HASH_KEY: null,
    REDIS_URL: expect.anything(),
  })
  expect(caddy.profiles).toEqual(['webhook', 'scale'])
  expect(proxy).toContain(`dynamic a bot ${bot.environment.HTTP_PORT} {`)
  expect([...proxy.matchAll(/\{\$(\w+)/g)].map(([, name]) => name)).toEqual(Object.keys(caddy.environment))
  const [scraped] = parse(read('prometheus/prometheus.yml')).scrape_configs
  expect(scraped.dns_sd_configs).toMatchObject([{ names: ['bot'], port: Number(bot.environment.METRICS_PORT) }])
})

test('the files that add to the compose file are valid too, of services that it has', () => {
  const Added = z.object({ services: z.record(z.string(), z.unknown()) })
  const added: unknown = parse(read('docker-compose.recovery.yml'))

  expect(validateCompose(added)).toEqual([])
  expect(names).toEqual(expect.arrayContaining(Object.keys(Added.parse(added).services)))
})

test('the profiles are those that are documented', () => {
  const profiles = new Set(Object.values(services).flatMap(({ profiles: own }) => own))

  expect([...profiles].sort()).toEqual(['archive', 'metabase', 'sandbox', 'scale', 'smoke', 'webhook'])
})

test('only Grafana and the webhook are published, on loopback by default, and the profiles’ own pages', () => {
  const published = Object.fromEntries(
    names.flatMap(name => (service(name).ports.length ? [[name, service(name).ports]] : [])),
  )

  expect(published).toEqual({
    grafana: [`\${GRAFANA_PUBLISH:-127.0.0.1:3000}:3000`],
    webhook: ['80:80', '443:443'],
    sandbox: ['127.0.0.1:8081:8081'],
    metabase: [`\${METABASE_PUBLISH:-127.0.0.1:3001}:3000`],
  })
})

test('every server has a health check, and its dependents wait until it is healthy', () => {
  const withoutOwn = names.filter(name => service(name).healthcheck === undefined)

  // the bots' stands in the Dockerfile; the others end
  expect(withoutOwn).toEqual(['bot', 'bot-replica', 'metabase-database', 'smoke', 'archive'])
  expect(read('Dockerfile')).toMatch(/HEALTHCHECK .*\/health/)
  const conditions = names.flatMap(name => Object.values(service(name).depends_on).map(({ condition }) => condition))
  expect(new Set(conditions)).toEqual(new Set(['service_healthy', 'service_completed_successfully']))
  // lines wait on disk while Loki is down: the bot must not wait for it
  expect(Object.keys(service('bot').depends_on)).toEqual(['postgres', 'redis', 'sandbox'])
})

test('Loki compares an hour of messages, and finds lines that came with the time of an outage', () => {
  const { ingester, querier, limits_config: limits } = parse(read('loki/config.yaml'))

  expect(limits.max_query_series).toBe(10_000)
  // both halves: the ingester looks as far back as it can, and every question reaches it
  expect(ingester.query_store_max_look_back_period).toBe('-1ns')
  expect(querier.query_ingesters_within).toBe('0s')
})

test('Loki starts with its lines in S3 too, where it refuses to look back without limit in the ingester', () => {
  const { command } = service('loki')
  const withStore = (store: string) =>
    String(command)
      .replace(/\$\{LOKI_OBJECT_STORE:\+([^}]*)\}/, store === '' ? '' : '$1')
      .trim()
      .split(/\s+/)
  const own = ['-config.file=/etc/loki/config.yaml', '-config.expand-env=true']

  expect(withStore('')).toEqual(own)
  expect(withStore('s3')).toEqual([...own, '-ingester.query-store-max-look-back-period=0s'])
})

test('what docs/scale.md changes for several of Loki is in its configuration now', () => {
  const [, block = ''] = /```yaml loki\n(.*?)```/s.exec(read('docs/scale.md')) ?? []
  const { common, ...added } = parse(block)
  const { common: now } = parse(read('loki/config.yaml'))

  expect(Object.keys(added)).toEqual(['memberlist'])
  expect({ ...now, ...common, ring: now.ring, replication_factor: 1 }).toEqual(now)
  expect([common.replication_factor, common.ring.kvstore.store]).toEqual([3, 'memberlist'])
})

test('Loki is asked whether it is well without a tool: its image has no shell and no wget', () => {
  expect(service('loki').healthcheck?.test).toEqual(['CMD', '/usr/bin/loki', '-health'])
})

test('every file that is mounted exists, and every volume is declared', () => {
  for (const name of names) {
    for (const volume of service(name).volumes) {
      const source = typeof volume === 'string' ? (volume.split(':')[0] ?? '') : volume.source
      if (source.startsWith('$')) continue // a file of the host, /dev/null when there is none
      if (source.startsWith('./')) expect(existsSync(new URL(`../${source}`, import.meta.url)), source).toBe(true)
      else expect(volumes, `${name}: ${source}`).toHaveProperty(source)
    }
  }
})

test('the bot is given every setting there is, and nothing that is none', () => {
  const given = Object.keys(service('bot').environment)

  // the fakes alone listen there; commands alone read and write the archive
  const wanted = Object.keys(settings.shape).filter(key => !['SANDBOX_PORT', 'ARCHIVE_DIR'].includes(key))
  expect(given.sort()).toEqual(wanted.sort())
})

test('the bot’s settings in the compose file are settings it takes', () => {
  const fixed = Object.entries(service('bot').environment).filter(
    (entry): entry is [string, string] => entry[1] !== null && !entry[1].includes('${'),
  )

  const parsed = settings.safeParse(Object.fromEntries(fixed))

  expect(parsed.error?.issues ?? []).toEqual([])
  expect(parsed.data).toMatchObject({ NODE_ENV: 'production', DATA_DIR: '/data/{replica}', HTTP_PORT: 8080 })
  expect(parsed.data).toMatchObject({ METRICS_PORT: 9464, METRICS_HOST: '0.0.0.0' })
})

test('.env.example explains every variable the compose file reads, and no others', () => {
  const filledIn = [...(composeText + read('docker-compose.recovery.yml')).matchAll(/\$\{([A-Z][A-Z0-9_]*)/g)].map(
    ([, name = '']) => name,
  )
  const handedOn = names.flatMap(name =>
    Object.entries(service(name).environment).flatMap(([key, value]) => (value === null ? [key] : [])),
  )
  const secrets = [...composeText.matchAll(/\{ environment: ([A-Z_]+) \}/g)].map(([, name = '']) => name)
  const asked = new Set([...filledIn, ...handedOn, ...secrets])

  const explained = [...keysOf(botSettings), ...keysOf(stackSettings)]
  expect([...asked].filter(name => !explained.includes(name))).toEqual([])
  expect(keysOf(stackSettings).filter(name => !asked.has(name))).toEqual([])
})

test('no password stands in the compose file', () => {
  const secrets = names.flatMap(name =>
    Object.entries(service(name).environment).filter(([key]) => /PASS|SECRET|TOKEN|CREDENTIALS|HASH_KEY/.test(key)),
  )

  expect(secrets.length).toBeGreaterThan(8)
  expect(secrets.filter(([, value]) => value !== null && !/^\$\{[A-Z_]+(:[-?][^}]*)?\}$/.test(value))).toEqual([])
  expect(composeText).not.toMatch(/:\/\/\w+:(?!\$\{)[^@/]+@/)
})

test('sandbox.env holds the settings that the fakes print for a bot', async () => {
  const running = await createSandbox({ limitSending: true, log: silentLog, now: () => new Date() }).listen(0)
  onTestFinished(() => running.close())

  const printed = Object.entries(running.settings()).map(([key, value]) => [
    key,
    value.replace(running.url, 'http://sandbox:8081'),
  ])

  const written = Object.fromEntries([...read('sandbox.env').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, k, v]) => [k, v]))
  expect(written).toEqual({
    ...Object.fromEntries(printed),
    COMPOSE_PROFILES: 'sandbox',
    ALERT_CHAT_ID: '1',
    WEBHOOK_URL: '',
    GIGACHAT_CA_FILE: '',
  })
  expect(service('sandbox').environment.SANDBOX_PORT).toBe('8081')
})

test('whatever one service calls another by is the name and port of a service', () => {
  const texts = [
    'docker-compose.yml',
    'grafana/provisioning/datasources/datasources.yaml',
    'loki/config.yaml',
    'prometheus/prometheus.yml',
  ].map(read)
  const ports: Record<string, string> = {
    bot: '9464|8080',
    postgres: '5432',
    redis: '6379',
    loki: '3100',
    prometheus: '9090',
    alertmanager: '9093',
    sandbox: '8081',
  }

  const addresses = texts
    .flatMap(text => [...text.matchAll(/\b([a-z]+):(\d{4})\b/g)])
    .filter(([, host = '']) => host !== 'localhost')

  expect(addresses.length).toBeGreaterThan(8)
  for (const [whole, host = '', port = ''] of addresses) {
    expect(names, whole).toContain(host)
    expect(port, whole).toMatch(new RegExp(`^(${ports[host]})$`))
  }
})

test('Grafana shows nothing without a password, and reads its dashboards from where they lie', () => {
  const { environment, volumes: mounts } = service('grafana')
  const provider = parse(read('grafana/provisioning/dashboards/dashboards.yaml')).providers[0]

  expect(environment).toMatchObject({ GF_AUTH_ANONYMOUS_ENABLED: 'false', GF_USERS_ALLOW_SIGN_UP: 'false' })
  expect(mounts).toContain(`./grafana/generated:${provider.options.path}:ro`)
  expect(provider).toMatchObject({ disableDeletion: true, allowUiUpdates: false })
})

test('the data sources have the uids of the dashboards, PostgreSQL through the reader and a password of the environment', () => {
  const { datasources } = parse(read('grafana/provisioning/datasources/datasources.yaml'))

  expect(datasources.map(({ uid, type }: { uid: string; type: string }) => [uid, type])).toEqual([
    ['prometheus', 'prometheus'],
    ['loki', 'loki'],
    ['postgres', 'grafana-postgresql-datasource'],
  ])
  expect(datasources[2]).toMatchObject({ user: 'grafana_reader', secureJsonData: { password: '$GRAFANA_DB_PASSWORD' } })
  const [lines] = datasources[1].jsonData.derivedFields
  expect(new RegExp(lines.matcherRegex).exec('{"event":"x","request_id":"0123456789AB"}')?.[1]).toBe('0123456789AB')
})

test('Alertmanager starts with the addresses of the environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))

  const { status, stdout } = spawnSync('sh', ['prometheus/start-alertmanager.sh', '--storage.path=/x'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      ALERTMANAGER: 'echo',
      ALERTMANAGER_SOURCE: 'prometheus',
      ALERTMANAGER_COPY: folder,
      TELEGRAM_API_URL: 'http://sandbox:8081',
      GRAFANA_URL: 'https://grafana.example.org',
      DOCS_URL: 'https://docs.example.org/',
    },
  })

  expect(status).toBe(0)
  expect(stdout.trim()).toBe(`--config.file=${folder}/alertmanager.yml --storage.path=/x`)
  const config = readFileSync(join(folder, 'alertmanager.yml'), 'utf8')
  expect(config.match(/api_url: http:\/\/sandbox:8081$/gm)).toHaveLength(2)
  expect(config).not.toContain('api.telegram.org')
  expect(readFileSync(join(folder, 'templates/links.tmpl'), 'utf8')).toContain('https://grafana.example.org{{ end }}')
  expect(existsSync(join(folder, 'templates/telegram.tmpl'))).toBe(true)
})

test('the image is built of the current LTS, without development packages, and runs as an unprivileged user', () => {
  const dockerfile = read('Dockerfile')
  const runtime = dockerfile.slice(dockerfile.indexOf('AS runtime'))

  expect(dockerfile).toMatch(/^FROM node:24\.\d+\.\d+-\w+-slim(@sha256:[0-9a-f]{64})? AS base$/m)
  expect(dockerfile).toContain('npm ci --omit=dev')
  expect(runtime).toMatch(/^USER node$/m)
  const words: string[] = JSON.parse(read('package.json')).scripts.start.split(' ')
  const start = words.slice(words.indexOf('node')) // what comes before it is about npm
  expect(runtime).toContain(`CMD [${start.map(word => `"${word}"`).join(', ')}]`)
  expect(start).toContainEqual(expect.stringMatching(/^--max-old-space-size=\d+$/))
  expect(service('bot')).toMatchObject({ read_only: true, cap_drop: ['ALL'], tmpfs: ['/tmp'] })
  const copied = [...dockerfile.matchAll(/^COPY ((?:[\w./-]+ )+)\S+$/gm)].flatMap(([, list = '']) =>
    list.trim().split(' '),
  )
  for (const path of copied) expect(statSync(new URL(`../${path}`, import.meta.url)), path).toBeDefined()
})
