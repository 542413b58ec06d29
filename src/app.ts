import { readFileSync } from 'node:fs'
import { createAggregator } from './analytics/aggregator.ts'
import { createAnalytics } from './analytics/analytics.ts'
import { createCharts } from './analytics/charts/charts.ts'
import { ensureDemoHistory } from './analytics/demo/history.ts'
import { describeNumbers } from './analytics/describe-numbers.ts'
import { createLifecycle } from './analytics/lifecycle.ts'
import { checkCountedZone, checkTimeZone } from './analytics/time-zone.ts'
import { createAssistant } from './assistant/create-assistant.ts'
import { createMemoryDialogueStore } from './assistant/dialogue/memory-dialogue-store.ts'
import { createRedisDialogueStore } from './assistant/dialogue/redis-dialogue-store.ts'
import { loadCertificates } from './assistant/gigachat/certificates.ts'
import { createGigaChat } from './assistant/gigachat/giga-chat.ts'
import { gigaChatPrices } from './assistant/gigachat/prices.ts'
import { createUsageRecorder } from './assistant/gigachat/usage.ts'
import { type Config, loadConfig } from './config.ts'
import { createDb } from './db/db.ts'
import { migrate } from './db/migrate.ts'
import { openBotDatabase } from './db/open-database.ts'
import { createReaders } from './db/readers.ts'
import { createCartJournal } from './events/cart-journal.ts'
import { createEventFeed } from './events/event-feed.ts'
import { createEventStore } from './events/event-store.ts'
import { createEventMaintenance } from './events/maintenance.ts'
import { createRecorder } from './events/recorder.ts'
import { createSpool } from './events/spool.ts'
import { createMetricsServer } from './http/metrics-server.ts'
import { createPublicServer } from './http/public-server.ts'
import { claimDataDir } from './process/directory-lock.ts'
import { sleep } from './process/sleep.ts'
import { createStopRace } from './process/stop-race.ts'
import { createTeardown } from './process/teardown.ts'
import { createDaySources } from './reconcile/day-sources.ts'
import { createNightlyReconciliation } from './reconcile/nightly.ts'
import { createReconciler } from './reconcile/reconcile.ts'
import { createReconcileStore } from './reconcile/reconcile-store.ts'
import { createSandbox } from './sandbox/sandbox.ts'
import { createShop } from './shop/create-shop.ts'
import { createAdmin } from './telegram/admin/admin.ts'
import type { AdminTools } from './telegram/admin/admin-deps.ts'
import { createTelegram } from './telegram/create-telegram.ts'
import { html } from './telegram/html.ts'
import { silentLog } from './telemetry/log.ts'
import { createLogger } from './telemetry/logger.ts'
import { createPseudonyms } from './telemetry/pseudonyms.ts'
import { createRegistry } from './telemetry/registry.ts'
import { createUsers } from './users/create-users.ts'
import { createIdHashes } from './users/id-hash.ts'
import { createPseudonymStore } from './users/pseudonym-store.ts'
import { createUserStore } from './users/user-store.ts'

/** A running bot. */
export interface App {
  /** Where it can be reached: chat page (sandbox only), metrics. */
  addresses: { chat: string | null; metrics: string }
  /** The base holds an invented history, so that numbers have something to show. */
  hasDemoHistory: boolean
  /** Finishes what is in hand, stores what is written down, lets go of everything. May be called twice. */
  stop(reason: string): Promise<void>
  /** Logs a bug that reached the top of the process. */
  crashed(err: unknown): void
}

/** How long a start waits for what an earlier process left on disk. */
const leftoversMs = 30_000

export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

/**
 * Starts the bot: the one place where everything is built and joined. Each step that succeeds registers its way back, so
 * that a failed start leaves nothing behind and `stop` undoes in reverse. An aborted `stopping` ends the start in the same
 * way. Throws StartupError or ConfigError.
 */
export async function startApp(configured: Config, stopping = new AbortController().signal): Promise<App> {
  const started = Date.now()
  const now = () => new Date()
  const steps = createTeardown()
  let log = silentLog
  /** Waits for a step that may be left alone half way when the process is asked to stop. */
  const unlessStopped = createStopRace(stopping)
  try {
    const claimed = claimDataDir(configured.dataDir)
    steps.add(claimed.release)
    const given = { ...configured, dataDir: claimed.dir }
    const register = createRegistry({ serviceName: 'vkusvill-bot', env: given.env })
    const pseudonyms = createPseudonyms()
    const logger = createLogger({
      level: given.log.level,
      env: given.env,
      dataDir: given.dataDir,
      lokiUrl: given.lokiUrl,
      spoolBytes: given.log.spoolBytes,
      pretty: process.stdout.isTTY === true,
      register,
      pseudonyms,
    })
    steps.add(() => logger.close())
    log = logger.log
    steps.add(() => log.info('bot_stopped', { duration_ms: Date.now() - started }))

    const database = await openBotDatabase(given, stopping)
    steps.add(() => database.close())
    await unlessStopped(migrate(database.url))
    await unlessStopped(checkTimeZone(database.url, given.timeZone, now()))
    await unlessStopped(checkCountedZone(database.url, given.timeZone))
    for (const { setting, problem } of await unlessStopped(createReaders(database.url, given.db.readers)))
      log.warn('setting_warning', { setting, detail: problem })
    const db = createDb({ url: database.url, register })
    pseudonyms.connect(createPseudonymStore(db))
    steps.add(() => db.close())

    const feed = createEventFeed(db, now)
    const sandbox =
      given.mode === 'sandbox'
        ? await createSandbox({ feed, hosts: given.sandboxHosts, log, now }).listen(given.http.port)
        : null
    if (sandbox !== null) steps.add(() => sandbox.close())
    const config = sandbox === null ? given : withFakes(given, sandbox.settings())
    const { token, webhook, adminUserIds } = config.telegram
    const hashes = createIdHashes(config.idHashKey ?? token)

    const store = createEventStore({
      db,
      settings: { timeZone: config.timeZone, ...config.allowance },
      idHash: hashes.erased,
    })
    const maintenance = createEventMaintenance({ store, log, now })
    await maintenance.start()
    steps.add(() => maintenance.stop())
    const spool = createSpool(config.dataDir)
    const recorder = createRecorder({ store, spool, log, register, sleep, onStored: feed.onStored })
    steps.add(() => recorder.stop())
    // what an earlier process answered while PostgreSQL was away must be known before Telegram delivers it again
    const patience = new AbortController()
    await unlessStopped(Promise.race([recorder.start(), sleep(leftoversMs, patience.signal)]))
    patience.abort()
    const hasDemoHistory = sandbox !== null && database.embedded
    if (hasDemoHistory) {
      const { timeZone, allowance } = config
      await unlessStopped(ensureDemoHistory({ url: database.url, timeZone, allowance, now: now() }))
    }
    const carts = createCartJournal(config.dataDir, now)
    const users = createUsers({ store: createUserStore(db, config.timeZone), recorder, carts, now })

    const { authUrl, apiUrl, credentials, scope, model, concurrency, caFile } = config.gigachat
    const chat = createGigaChat({
      ...{ authUrl, apiUrl, credentials, scope, model, concurrency },
      ca: loadCertificates(caFile, authUrl, apiUrl),
      proxy: config.proxy,
      log,
      register,
    })
    steps.add(() => chat.close())
    const { mcpUrl, perSecond } = config.shop
    const shop = createShop({
      mcpUrl,
      proxy: config.proxy,
      log,
      register,
      now,
      version,
      limits: { perSecond, burst: perSecond * 4 },
      affiliate: config.affiliate,
    })
    steps.add(() => shop.close())
    const dialogue =
      config.redisUrl === undefined
        ? createMemoryDialogueStore({ now })
        : createRedisDialogueStore({ url: config.redisUrl, log, register, now })
    steps.add(() => dialogue.close())
    const assistant = createAssistant({
      ...{ chat, dialogue, shop, users, recorder, log, register, now },
      recordUsage: createUsageRecorder({
        ...{ log, register, model, prices: gigaChatPrices },
        budgetRubPerDay: config.llmBudgetRub,
      }),
      sessionKey: hashes.session,
      userBudgetRub: config.llmUserBudgetRub,
      timeZone: config.timeZone,
    })

    await describeNumbers(db)
    const analytics = createAnalytics({ db, timeZone: config.timeZone, now })
    const charts = createCharts()
    steps.add(() => charts.close())
    const admin = (tools: AdminTools) =>
      createAdmin({
        ...tools,
        ...{ analytics, charts, users, assistant, log, now, adminUserIds },
        timeZone: config.timeZone,
        cartLimit: config.allowance.cartLimit,
        orderShare: config.orderShare,
        hasDemoHistory,
        logPseudonym: pseudonyms.of,
      })
    const telegram = createTelegram({
      ...{ admin, token, webhook, adminUserIds, assistant, users, recorder, log, register, now },
      username: config.telegram.username,
      apiUrl: config.telegram.apiUrl,
      proxy: config.proxy,
      eraseAlso: async userId => pseudonyms.forget(userId),
      redisUrl: config.redisUrl,
      supportContact: config.supportContact,
      allowance: config.allowance,
    })
    const metricsServer = createMetricsServer({
      port: config.http.metricsPort,
      host: config.metricsHost,
      register,
      version,
      log,
      checks: [
        { name: 'postgres', check: () => db.query('ping', 'select 1').then(() => undefined) },
        { name: 'events', check: async () => (spool.size() > 0 ? `${spool.size()} facts wait on disk` : undefined) },
        { name: 'telegram', check: async () => telegram.problem() },
        { name: 'shop', check: async () => shop.problem() },
      ],
    })
    const metricsPort = await metricsServer.start()
    steps.add(() => metricsServer.stop())
    if (webhook !== undefined && telegram.webhook !== null) {
      const server = createPublicServer({ port: config.http.port, log })
      server.mount(new URL(webhook.url).pathname, telegram.webhook)
      await server.start()
      steps.add(() => server.stop())
    }
    await unlessStopped(telegram.start())
    steps.add(() => telegram.stop())
    const aggregator = createAggregator({ analytics, log, register, now })
    aggregator.start()
    steps.add(() => aggregator.stop())
    const lifecycle = createLifecycle({ url: database.url, analytics, timeZone: config.timeZone, log, now })
    lifecycle.start()
    steps.add(() => lifecycle.stop())
    void shop.checkSchemas()

    const stopReading = new AbortController()
    const daySources = createDaySources({ settings: config, register, sleep, now, stop: stopReading.signal })
    const reconcileStore = createReconcileStore(db, config.timeZone)
    const reconciliation = createNightlyReconciliation({
      ...{ log, register, now, store: reconcileStore, timeZone: config.timeZone },
      reconciler: createReconciler({ store: reconcileStore, refresh: analytics.refresh, now, ...daySources }),
      notify: text => Promise.all(adminUserIds.map(id => telegram.notify(id, html`${text}`))),
    })
    if (typeof daySources.loki === 'function' || typeof daySources.prometheus === 'function') {
      reconciliation.start()
      steps.add(() => {
        stopReading.abort()
        return reconciliation.stop()
      })
    }

    const addresses = { chat: sandbox?.url ?? null, metrics: `http://127.0.0.1:${metricsPort}/metrics` }
    log.info('bot_started', { version, detail: given.mode, duration_ms: Date.now() - started })
    return {
      addresses,
      hasDemoHistory,
      stop: async reason => {
        log.info('bot_stopping', { reason })
        await steps.run()
      },
      crashed: err => log.fatal('uncaught_error', { err }),
    }
  } catch (err) {
    if (stopping.aborted) log.info('bot_stopping', { reason: 'asked while starting' })
    else log.fatal('startup_failed', { err })
    await steps.run().catch(() => undefined) // what failed first is what the operator must read
    throw err
  }
}

/** The settings with the fakes in place of the real services. */
function withFakes(config: Config, fakes: Record<string, string>): Config {
  const { telegram, gigachat, shop } = loadConfig(fakes)
  return {
    ...config,
    telegram: { ...telegram, adminUserIds: [...new Set([...telegram.adminUserIds, ...config.telegram.adminUserIds])] },
    gigachat,
    shop,
    proxy: undefined, // they are on this machine
  }
}
