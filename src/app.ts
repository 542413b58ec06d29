import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createAnalytics } from './analytics/analytics.ts'
import { ensureDemoHistory } from './analytics/demo/history.ts'
import { describeNumbers } from './analytics/describe-numbers.ts'
import { createDigestStore } from './analytics/digest-store.ts'
import { openStorage } from './analytics/open-storage.ts'
import { startUpkeep } from './analytics/start-upkeep.ts'
import type { DialogueStore } from './assistant/dialogue/dialogue-store.ts'
import { watchBalance } from './assistant/gigachat/watch-balance.ts'
import type { ChatModel } from './assistant/model/chat-model.ts'
import { openAssistant } from './assistant/open-assistant.ts'
import { type Config, withFakes } from './config.ts'
import { createEventFeed } from './events/event-feed.ts'
import { openEvents } from './events/open-events.ts'
import { openServers } from './http/open-servers.ts'
import { claimDataDir, dataDirsOf } from './process/directory-lock.ts'
import { projectFolder } from './process/places.ts'
import { type Sleep, sleep as sleepByClock } from './process/sleep.ts'
import { createStopRace } from './process/stop-race.ts'
import { createTeardown } from './process/teardown.ts'
import { createQueryMetrics } from './reconcile/query-client.ts'
import { openRequests } from './reconcile/requests/open-requests.ts'
import { startNightlyReconciliation } from './reconcile/start-nightly.ts'
import { openShop } from './shop/open-shop.ts'
import type { Shop } from './shop/shop.ts'
import { openAlerts } from './telegram/alerts/open-alerts.ts'
import { startDigest } from './telegram/digest/schedule.ts'
import { openTelegram } from './telegram/open-telegram.ts'
import { createRefusalStore } from './telegram/queue/refusal-store.ts'
import { createInboxStore } from './telegram/updates/inbox-store.ts'
import { startAlertEvaluation } from './telemetry/alerts/start-alert-evaluation.ts'
import { type Log, silentLog } from './telemetry/log.ts'
import { openRedisScripts } from './telemetry/open-redis-scripts.ts'
import { openTelemetry } from './telemetry/open-telemetry.ts'
import { openServices } from './telemetry/services/open-services.ts'
import { createAlertDeskStore } from './users/alert-desk-store.ts'
import { createUsers } from './users/create-users.ts'
import { createIdHashes } from './users/id-hash.ts'
import { createPseudonymStore } from './users/pseudonym-store.ts'
import { createUserStore } from './users/user-store.ts'

const version: string = JSON.parse(readFileSync(new URL('package.json', projectFolder), 'utf8')).version
const neverStopping = () => new AbortController().signal

/** A running bot. */
export interface App {
  /** Where it can be reached: chat page (sandbox only), metrics. */
  addresses: { chat: string | null; metrics: string }
  /** The database holds a synthetic history, so that numbers have something to show. */
  hasDemoHistory: boolean
  /** Finishes what is in flight, stores what was accepted, releases everything. May be called twice. */
  stop(reason: string): Promise<void>
  /** Logs a bug that reached the top of the process. */
  crashed(err: unknown): void
}

/** What a test may replace. */
export interface Parts {
  now: () => Date
  /** Milliseconds since the start of the process, for the pace of the shop. */
  elapsedMs: () => number
  /** In place of stdout and Loki. */
  log: Log
  /** In place of GigaChat. */
  chat: ChatModel
  /** Wraps the model in use, to see its turns. */
  watchModel: (model: ChatModel) => ChatModel
  /** In place of dialogues in memory or in Redis. */
  dialogue: DialogueStore
  shop: Shop
  /** For the waits of conversations. */
  sleep: Sleep
  /** Updates wait in PostgreSQL, else at Telegram until they are answered. */
  inbox: boolean
}

/**
 * Starts the bot: the one place where everything is built and joined. Each successful step registers its teardown, so that a
 * failed start leaves nothing behind and `stop` undoes in reverse. An aborted `stopping` ends the start in the same way.
 * Throws StartupError or ConfigError.
 */
export async function startApp(configured: Config, use: Partial<Parts> = {}, stopping = neverStopping()): Promise<App> {
  const { now = () => new Date() } = use
  const started = Date.now()
  const teardown = createTeardown()
  const unlessStopped = createStopRace(stopping)
  let log = silentLog
  try {
    const claimed = claimDataDir(configured.dataDir)
    teardown.add(claimed.release)
    const given = { ...configured, dataDir: claimed.dir }
    const { pseudonyms, flushLog, ...telemetry } = await openTelemetry({ settings: given, log: use.log, now, teardown })
    log = telemetry.log
    teardown.add(() => log.info('bot_stopped', { duration_ms: Date.now() - started }))
    const tools = { ...telemetry, now, teardown }
    const { timeZone } = given

    // loaded only where it is needed, while PostgreSQL starts
    const sandboxCode = given.mode === 'sandbox' ? import('./sandbox/open-sandbox.ts') : null
    const { db, standby, url, embedded } = await openStorage({ ...tools, settings: given, stopping, unlessStopped })
    pseudonyms.connect(createPseudonymStore(db))
    const feed = createEventFeed(db, now)
    const fakes = { ...tools, feed, hosts: given.sandboxHosts, port: given.http.port }
    const sandbox = sandboxCode === null ? null : await (await sandboxCode).openSandbox(fakes)
    const settings = sandbox === null ? given : withFakes(given, { ...sandbox.settings(), ...sandbox.secondModel() })
    const secret = settings.idHashKey ?? settings.telegram.token
    const { erased: idHash, session: sessionKey } = createIdHashes(secret)
    const shared = { ...tools, settings, unlessStopped }

    const redis = openRedisScripts(shared)
    const events = await openEvents({ ...shared, db, idHash, redis, onStored: feed.onStored })
    const hasDemoHistory = sandbox !== null && embedded
    if (hasDemoHistory)
      await unlessStopped(ensureDemoHistory({ url, timeZone, allowance: settings.allowance, now: now() }))
    const users = createUsers({ ...events, store: createUserStore(db, timeZone), now })

    const parts = { ...shared, users, recorder: events.recorder }
    const shop = use.shop ?? openShop({ ...shared, version, redis, elapsedMs: use.elapsedMs })
    const assistant = await openAssistant({
      ...parts,
      chat: use.chat,
      watchModel: use.watchModel,
      dialogue: use.dialogue,
      shop,
      redis,
      sessionKey,
    })
    await describeNumbers(db)
    const analytics = createAnalytics({ db, standby, timeZone, now, funnelWindowDays: settings.funnelWindowDays })
    await analytics.saveMoneySettings(settings.money)
    const balances = watchBalance({ ...shared, read: assistant.readBalance, counted: analytics.modelTokens })
    const postgres = () => db.query('ping', 'select 1').then(() => undefined)
    const sleep = use.sleep ?? sleepByClock
    const store = createAlertDeskStore({ db, dataDir: settings.dataDir, log })
    const alerts = openAlerts({ ...shared, store, sleep })
    const refusals = createRefusalStore(db)
    const queue = assistant.streams && { streams: assistant.streams, refusals }
    const operations = {
      queue,
      ...openServices({ ...shared, postgres }),
      waiting: events.waiting,
      firing: alerts.firing,
      startedAt: now(),
      version,
      replica: claimed.replica,
      llmBudgetRub: settings.llmBudgetRub,
    }
    const queries = { metrics: createQueryMetrics(tools.register), flush: flushLog }
    const dataDirs = () => dataDirsOf(configured.dataDir)
    const lookUpRequest = openRequests({ ...shared, ...queries, db, dataDirs })
    const inOrder = settings.telegram.webhook === undefined
    const inboxStore = createInboxStore({ db, worker: randomUUID(), inOrder })
    const telegram = openTelegram({
      ...parts,
      assistant,
      analytics,
      balances,
      operations,
      lookUpRequest,
      pseudonyms,
      hasDemoHistory,
      inbox: use.inbox === false ? undefined : { store: inboxStore, secret },
      queue: queue && { streams: queue.streams, maxWaitMs: settings.queueMaxMs, store: refusals },
      alerts: alerts.conversation,
      sleep,
    })
    const problems = { postgres, events: events.problem, telegram: telegram.problem, shop: shop.problem }
    const metrics = await openServers({
      ...shared,
      version,
      problems,
      alerts: alerts.receiver,
      webhook: telegram.webhook,
    })
    await unlessStopped(telegram.start())
    teardown.add(() => telegram.stop())
    const evaluation = startAlertEvaluation({ ...shared, onAlerts: alerts.receive })
    alerts.start(telegram.api, [postgres, events.problem, telegram.problem, evaluation.problem])
    startUpkeep({ ...tools, url, analytics, timeZone })
    startDigest({
      ...shared,
      analytics,
      store: createDigestStore(db),
      dayCaps: { softRub: settings.llmCaps.soft.dayRub, hardRub: settings.llmCaps.hard.dayRub },
      adminUserIds: settings.telegram.adminUserIds,
      notify: telegram.notify,
      timeZone,
    })
    void shop.checkSchemas()
    startNightlyReconciliation({ ...shared, ...queries, db, refresh: analytics.refresh, notify: telegram.notifyAdmins })

    const { mostInFlight: most_in_flight } = telegram
    log.info('bot_started', { version, detail: given.mode, duration_ms: Date.now() - started, most_in_flight })
    return {
      addresses: { chat: sandbox?.url ?? null, metrics },
      hasDemoHistory,
      stop: async reason => {
        log.info('bot_stopping', { reason })
        await teardown.run()
      },
      crashed: err => log.fatal('uncaught_error', { err }),
    }
  } catch (err) {
    if (stopping.aborted) log.info('bot_stopping', { reason: 'asked while starting' })
    else log.fatal('startup_failed', { err })
    await teardown.run().catch(() => undefined) // what failed first is what the operator must read
    throw err
  }
}
