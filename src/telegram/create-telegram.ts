import type { RequestHandler } from 'express'
import { type Api, Bot } from 'grammy'
import type { Update } from 'grammy/types'
import type { Assistant } from '../assistant/assistant.ts'
import { StartupError } from '../errors.ts'
import type { Recorder } from '../events/recorder.ts'
import { createOutboundAgent, type ProxySettings } from '../process/outbound.ts'
import type { Sleep } from '../process/sleep.ts'
import { sleep as sleepByClock } from '../process/sleep.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { Users } from '../users/users.ts'
import type { AdminConversation, AdminTools } from './admin/admin-deps.ts'
import { toApiSignal } from './api/api-signal.ts'
import { createApiTransformers } from './api/api-transformers.ts'
import { createJsonCalls } from './api/json-calls.ts'
import { createApiMetrics } from './api/metrics.ts'
import { createSendPace } from './api/send-pace.ts'
import { TelegramRefusal } from './api/telegram-refusal.ts'
import { createUploadFetch } from './api/upload-fetch.ts'
import { createDraftSupport } from './chat/draft-support.ts'
import { createRatingMetrics } from './chat/rating-metrics.ts'
import { isStop } from './chat/stop-buttons.ts'
import type { BotContext } from './context.ts'
import type { AllowanceSettings } from './conversation.ts'
import { createConversations } from './conversations.ts'
import type { Html } from './html.ts'
import { createUpdateMetrics } from './metrics.ts'
import { type ModelReaders, onlyGigaChat } from './privacy/policy.ts'
import { createInboxPlaces } from './queue/inbox-places.ts'
import { createInboxQueue } from './queue/inbox-queue.ts'
import { openQueue, type QueueDeps } from './queue/open-queue.ts'
import { showWait } from './queue/show-wait.ts'
import { texts as queueTexts } from './queue/texts.ts'
import { createWaitingUsers } from './queue/waiting-users.ts'
import { sendHtml } from './reply.ts'
import { actingUser, asksForAnswer } from './updates/acting-user.ts'
import { createDeparture } from './updates/departure.ts'
import { answersThatFit } from './updates/in-flight-limit.ts'
import { createInbox } from './updates/inbox.ts'
import { createInboxCipher } from './updates/inbox-cipher.ts'
import { type BeforeInbox, nothingBefore } from './updates/inbox-in-flight.ts'
import { createInboxMetrics } from './updates/inbox-metrics.ts'
import type { InboxKey, InboxStore, InboxWait } from './updates/inbox-store.ts'
import { createPolling, type UpdateIntake } from './updates/polling.ts'
import { createSecondProcessWarning } from './updates/second-process.ts'
import { defaultThrottle, type ThrottleSettings } from './updates/throttle.ts'
import { createMemoryThrottleStore, createRedisThrottleStore } from './updates/throttle-store.ts'
import type { GetUpdatesRequest } from './updates/update-source.ts'
import { createWebhook } from './updates/webhook.ts'

export interface TelegramDeps {
  token: string
  /** Name of the bot by the settings; links use the name that Telegram reports. */
  username?: string | undefined
  apiUrl: string
  /** What Telegram takes from the bot, all its processes together; 0 or left out where it has no limits. */
  messagesPerSecond?: number | undefined
  proxy?: ProxySettings | undefined
  /** With it updates come by POST, without it by long polling. */
  webhook?: { url: string; secret: string } | undefined
  adminUserIds: readonly number[]
  assistant: Assistant
  users: Users
  recorder: Pick<Recorder, 'record'>
  log: Log
  register: MetricRegistry
  now: () => Date
  sleep?: Sleep
  /** Messages that a user sends within this time of each other are answered together, in milliseconds. */
  togetherMs: number
  /** A clock that is never set, in milliseconds; default: `performance.now()`. */
  elapsedMs?: () => number
  /** Keeps updates until they are dealt with, sealed with a key derived from `secret`; without it Telegram keeps them. */
  inbox?: { store: InboxStore; secret: string } | undefined
  /** Messages that this process answers at the same time; the others wait in the inbox. Default: as many as fit into its heap. */
  mostInFlight?: number | undefined
  /** Refuses users who would wait for the model longer than `maxWaitMs`; without it every user waits. */
  queue?: Pick<QueueDeps, 'streams' | 'maxWaitMs' | 'store'> | null | undefined
  /** Shares the throttle between replicas. */
  redisUrl?: string | undefined
  throttle?: ThrottleSettings
  supportContact?: string | undefined
  /** Who reads what users write; GigaChat alone when left out. */
  modelReaders?: ModelReaders | undefined
  allowance: AllowanceSettings
  /** Creates the conversation with admins; the guard lets only orderly commands in. */
  admin?: ((tools: AdminTools) => AdminConversation) | undefined
  /** Removes what other rooms hold of a user who asked for erasure. */
  eraseAlso?: ((userId: number) => Promise<void>) | undefined
}

export interface Telegram {
  /** Begins to take updates. Throws StartupError when Telegram refuses the token or cannot be reached. */
  start(): Promise<void>
  /** Begins nothing new, finishes what is in flight for at most `timeoutMs`, leaves the rest to the next process. */
  stop(timeoutMs?: number): Promise<void>
  /** Messages that this process answers at the same time. */
  mostInFlight: number
  /** To be mounted at the path of the webhook; null when polling. */
  webhook: RequestHandler | null
  /** The Bot API, for messages that are no replies. */
  api: Api
  /** Sends a message that is no reply. Resolves to false when it could not be delivered, or the user has blocked the bot; never rejects. */
  notify(userId: number, message: Html): Promise<boolean>
  /** Why updates do not come, for the readiness check; undefined when they do. */
  problem(): string | undefined
}

/** Edited messages are not asked for: their first wording was answered, a second answer would only confuse. */
const allowedUpdates = ['message', 'callback_query', 'stopped_message_generation', 'my_chat_member'] as const
/** With the teardown that follows the process ends within 20 s. */
const stopTimeoutMs = 12_000

/** How long replies that are being sent may take after answers in flight were given up. */
const lastRepliesMs = 3_000

/** Creates the bot: updates in, replies out. Opens nothing until started. */
export function createTelegram(deps: TelegramDeps): Telegram {
  const { token, apiUrl, log, register, now, adminUserIds, sleep = sleepByClock, throttle = defaultThrottle } = deps
  const mostInFlight = deps.mostInFlight ?? answersThatFit()
  const departure = createDeparture()
  const agent = createOutboundAgent({ proxy: deps.proxy })
  const onUserLeft = (userId: number) => {
    // Telegram dates in whole seconds: what the user does next must not seem earlier
    const at = new Date(Math.floor(now().getTime() / 1000) * 1000)
    void deps.users.botBlocked(userId, { key: `left:${userId}:${at.getTime()}`, at, blocked: true })
  }
  const client = { apiRoot: apiUrl, timeoutSeconds: 120, fetch: createUploadFetch(agent) }
  const bot = new Bot<BotContext>(token, { client })
  bot.api.config.use(createJsonCalls({ apiUrl, token, agent }))
  const perSecond = deps.messagesPerSecond ?? 0
  const metrics = createApiMetrics(register)
  const pace = perSecond > 0 ? createSendPace({ perSecond, metrics, sleep }) : undefined
  bot.api.config.use(...createApiTransformers({ metrics, log, sleep, pace, onUserLeft }))

  const notify = async (userId: number, message: Html): Promise<boolean> => {
    if (await deps.users.hasBlockedBot(userId)) return false
    try {
      await sendHtml(bot.api, { chatId: userId }, message)
      return true
    } catch {
      return false // logged where calls are made
    }
  }
  const throttleStore =
    deps.redisUrl === undefined
      ? createMemoryThrottleStore({ now })
      : createRedisThrottleStore({ url: deps.redisUrl, windowMs: throttle.windowMs, log, now })
  const befores = new WeakMap<Update, BeforeInbox>()
  const left = new WeakSet<Update>()
  let processes = 1
  const waitingUsers = createWaitingUsers({ sleep, processes: () => processes })
  const inboxPlaces = createInboxPlaces({ streams: deps.queue?.streams, mostInFlight, nowMs: deps.elapsedMs })
  const queue =
    deps.queue && openQueue({ ...deps.queue, placeOfNew: inboxPlaces.ofNew, register, waitingUsers, notify, log })
  const { composer, menus } = createConversations({
    ...deps,
    api: bot.api,
    supportContact: deps.supportContact,
    modelReaders: deps.modelReaders ?? onlyGigaChat,
    eraseAlso: deps.eraseAlso ?? (() => Promise.resolve()),
    sleep,
    // without an inbox a webhook gets the next message of a chat only after this one was answered
    togetherMs: deps.webhook !== undefined && deps.inbox === undefined ? 0 : deps.togetherMs,
    notify,
    waitingUsers,
    queueGate: queue?.gate ?? null,
    throttle,
    throttleStore,
    metrics: createUpdateMetrics(register, now),
    ratingMetrics: createRatingMetrics(register),
    departure,
    noteShown: async (update, messageId) => (await inbox?.show(keyOf(update), messageId)) ?? false,
    beforeInbox: update => befores.get(update) ?? nothingBefore,
    onLeft: update => left.add(update),
  })
  bot.use(composer)

  const handle = async (update: Update, before = nothingBefore): Promise<'dealt_with' | 'left'> => {
    const end = asksForAnswer(update) ? inboxPlaces.begin(update) : undefined
    try {
      befores.set(update, before)
      await bot.handleUpdate(update)
    } catch (err) {
      log.error('update_failed', { update_type: 'other', err })
    }
    end?.()
    return departure.abandoned.aborted || left.has(update) ? 'left' : 'dealt_with'
  }
  let state: 'idle' | 'running' | 'stopped' = 'idle'
  let lastPoll: 'answered' | 'failed' = 'answered'
  const getUpdates = async (request: GetUpdatesRequest, signal?: AbortSignal) => {
    try {
      const params = { ...request, allowed_updates: allowedUpdates }
      const updates = await bot.api.raw.getUpdates(params, signal && toApiSignal(signal))
      lastPoll = 'answered'
      return updates
    } catch (err) {
      lastPoll = 'failed'
      throw err
    }
  }
  const warnOfSecond = createSecondProcessWarning({ redisUrl: deps.redisUrl, log })
  const openInbox = ({ store, secret }: { store: InboxStore; secret: string }) => {
    const drafts = createDraftSupport({ now })
    const cipher = createInboxCipher(secret)
    const show = (wait: InboxWait, ahead: () => number) => {
      const update = cipher.open(wait.body ?? Buffer.alloc(0), wait.userId, wait.updateId)
      return showWait(update, () => inboxPlaces.behind(ahead()), {
        ...{ api: bot.api, sleep, drafts, waitingUsers, messageId: wait.shownMessage },
        note: messageId => inbox.show(wait, messageId),
      })
    }
    const inboxQueue = createInboxQueue({ store, show, answerPress, sleep })
    const inbox = createInbox({
      mostInFlight,
      store,
      cipher,
      metrics: createInboxMetrics(register),
      handle,
      onWaiting: update => {
        void showSign(update)
        // the next process takes what one that ends does not
        if (state !== 'stopped') inboxQueue.add(update)
      },
      onTaken: inboxQueue.take,
      isUrgent: update => isStop(update) || (adminUserIds.includes(actingUser(update)) && !asksForAnswer(update)),
      waits: inboxQueue.waits,
      refusesNew: () => {
        const place = queue?.gate.placeOf('new') ?? null
        return place !== null && queue?.gate.isTooLong(place) === true
      },
      onState: ({ waiting, others }) => {
        warnOfSecond(others)
        processes = others + 1
        pace?.share(processes)
        inboxPlaces.note(waiting, processes)
        if (waiting > 0 && state !== 'stopped') inboxQueue.look()
      },
      log,
      sleep,
    })
    return { ...inbox, stopShowing: inboxQueue.stop }
  }
  /** A sign of life for a message that another process will answer, should that one be dead or full. */
  const showSign = async ({ message }: Update) => {
    if (message?.chat.type !== 'private') return
    await bot.api.sendChatAction(message.chat.id, 'typing').catch(() => undefined) // counted and logged where calls are made
  }
  const answerPress = ({ callback_query: query }: Update) => {
    // of what it asks for nothing is done yet; counted and logged where calls are made
    if (query !== undefined)
      void bot.api.answerCallbackQuery(query.id, { text: queueTexts.pressWaits }).catch(() => undefined)
  }
  const inbox = deps.inbox && openInbox(deps.inbox)
  const accept = inbox?.accept ?? ((update: Update) => handle(update))
  const webhook = deps.webhook && createWebhook({ secret: deps.webhook.secret, handle: accept, sleep })
  const intake: UpdateIntake =
    webhook ??
    createPolling({
      getUpdates,
      handle: accept,
      isEnding: () => state === 'stopped',
      log,
      sleep,
    })

  const introduce = async () => {
    bot.botInfo = await bot.api.getMe()
    await menus.publish()
    if (deps.webhook === undefined) await bot.api.deleteWebhook()
    else {
      const { url, secret } = deps.webhook
      await bot.api.setWebhook(url, { secret_token: secret, allowed_updates: allowedUpdates, max_connections: 100 })
    }
  }

  return {
    mostInFlight,
    webhook: webhook?.handler ?? null,
    api: bot.api,
    notify,
    problem: () => {
      if (state !== 'running') return `updates are not taken (${state})`
      return lastPoll === 'failed' ? 'Telegram does not hand out updates' : undefined
    },
    start: async () => {
      try {
        await introduce()
      } catch (err) {
        throw new StartupError(explain(err), { cause: err })
      }
      await inbox?.start()
      intake.start()
      queue?.reminders.start()
      state = 'running'
    },
    stop: async (timeoutMs = stopTimeoutMs) => {
      const wasRunning = state === 'running'
      state = 'stopped'
      const reminded = queue?.reminders.stop()
      const finished = inbox?.finish(wasRunning ? timeoutMs : 0)
      departure.end()
      // with an inbox it goes on to store what comes, so that users see that it came: the next process may start seconds later
      if (inbox === undefined && wasRunning) await intake.stop(timeoutMs)
      await finished
      departure.abandon()
      inbox?.stopShowing()
      await Promise.all([
        inbox !== undefined && wasRunning ? intake.stop(lastRepliesMs) : undefined,
        // what is being sent just now must not be answered by the next process, too
        inbox?.finish(lastRepliesMs),
      ])
      await inbox?.leave()
      await reminded
      throttleStore.close()
    },
  }
}

const keyOf = (update: Update): InboxKey => ({ userId: actingUser(update), updateId: update.update_id })

function explain(err: unknown): string {
  const unauthorized = err instanceof TelegramRefusal && err.verdict === 'unauthorized'
  return unauthorized
    ? 'Telegram does not accept BOT_TOKEN: take the current one from @BotFather'
    : 'Telegram cannot be reached, or refuses to serve this bot: check TELEGRAM_API_URL, WEBHOOK_URL and the network'
}
