import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { Api } from 'grammy'
import { createOutboundFetch, type ProxySettings } from '../../process/outbound.ts'
import { type Sleep, sleep as sleepByClock } from '../../process/sleep.ts'
import type { Teardown } from '../../process/teardown.ts'
import type { OnAlerts } from '../../telemetry/alerts/alert.ts'
import { createSilencer, readAlertmanagerPost } from '../../telemetry/alerts/channels/alertmanager.ts'
import { createEmailChannel, type EmailChannelDeps } from '../../telemetry/alerts/channels/email-channel.ts'
import { createHeartbeat } from '../../telemetry/alerts/channels/heartbeat.ts'
import { createWebhookChannel } from '../../telemetry/alerts/channels/webhook-channel.ts'
import type { AlertChat } from '../../telemetry/alerts/delivery/alert-chat.ts'
import { createDelivery, type Delivery } from '../../telemetry/alerts/delivery/create-delivery.ts'
import { fromAlertmanager, type Trouble } from '../../telemetry/alerts/delivery/desk.ts'
import type { DeskStore } from '../../telemetry/alerts/delivery/desk-store.ts'
import { createDeliveryMetrics } from '../../telemetry/alerts/delivery/metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import type { AdminConversation } from '../admin/admin-deps.ts'
import { createAlertChat } from './alert-chat.ts'
import { createAlertDesk } from './alert-desk.ts'
import { createAlertTexts } from './render-alerts.ts'
import { createClock } from './show-time.ts'

export interface OpenAlertsDeps {
  settings: {
    telegram: { adminUserIds: readonly number[] }
    timeZone: string
    dataDir: string
    proxy?: ProxySettings | undefined
    alerting: {
      alertmanagerUrl?: string | undefined
      receiverToken?: string | undefined
      webhookUrl?: string | undefined
      email?: EmailChannelDeps['settings'] | undefined
      heartbeatUrl?: string | undefined
    }
  }
  store: DeskStore
  register: MetricRegistry
  log: Log
  now: () => Date
  sleep: Sleep
  teardown: Teardown
}

export interface AlertDelivery {
  /** Buttons under alerts, and their command. */
  conversation: AdminConversation
  /** Takes what the evaluation in this process finds. */
  receive: OnAlerts
  /** What Alertmanager posts to; null without ALERTMANAGER_URL. Resolves to false if the body is none of its messages. */
  receiver: { token: string; receive(body: unknown): Promise<boolean> } | null
  firing: Delivery['firing']
  /** Begins to deliver through this API of Telegram; `parts` say why they are not well enough for a heartbeat, or reject. */
  start(api: Api, parts: readonly HealthCheck[]): void
}

type HealthCheck = () => Promise<string | undefined> | string | undefined

/** What is in flight then is sent again by the next process. */
const stopWithinMs = 2_000
const roundEveryMs = 15_000
const beatEveryMs = 60_000
const lookEveryMs = 60 * 60_000

/** Opens the delivery of alerts: to administrators in Telegram, by mail and webhook, with the heartbeat for a watcher outside. */
export function openAlerts(deps: OpenAlertsDeps): AlertDelivery {
  const { settings, store, register, log, now, sleep, teardown } = deps
  const { alerting, timeZone, telegram, proxy, dataDir } = settings
  const clock = createClock(timeZone)
  const render = createAlertTexts(clock, now)
  const fetch = createOutboundFetch(proxy)
  const chat = createLateChat()
  const channels = [
    ...(alerting.webhookUrl === undefined
      ? []
      : [createWebhookChannel({ url: alerting.webhookUrl, fetch, sleep, now })]),
    ...(alerting.email === undefined ? [] : [createEmailChannel({ settings: alerting.email, sleep })]),
  ]
  const silencer =
    alerting.alertmanagerUrl === undefined
      ? undefined
      : // beside the bot, as Loki is: never through a proxy
        createSilencer({ url: alerting.alertmanagerUrl, fetch: createOutboundFetch(), sleep, now })
  const silence =
    silencer &&
    (({ alerts: [alert] }: Trouble, until: Date) => {
      if (alert === undefined) return Promise.resolve()
      const { env } = alert.labels
      return silencer({ alertname: alert.name, ...(env !== undefined && { env }) }, until).catch((err: unknown) =>
        log.error('maintenance_failed', { task: 'silence in Alertmanager', err }),
      )
    })
  const replica = createHash('sha256').update(`${hostname()} ${dataDir}`).digest('base64url').slice(0, 16)
  const admins = telegram.adminUserIds
  const metrics = createDeliveryMetrics(register)
  const delivery = createDelivery({
    store,
    chat: chat.chat,
    channels,
    texts: render,
    admins,
    replica,
    timeZone,
    silence,
    isReady: chat.isConnected,
    now,
    log,
    metrics,
  })

  return {
    conversation: createAlertDesk({ delivery, render, clock, now, log }),
    receive: alerts => void delivery.receive(replica, alerts),
    receiver:
      alerting.receiverToken === undefined
        ? null
        : {
            token: alerting.receiverToken,
            receive: async body => {
              const post = readPost(body)
              if (post === null) return false
              await delivery.receive(`${fromAlertmanager}${post.group}`, post.alerts)
              return true
            },
          },
    firing: delivery.firing,
    start: (api, parts) => {
      chat.connect(createAlertChat({ api, render, clock, now }))
      const every = (ms: number, work: () => Promise<void>) => {
        const timer = setInterval(() => void work(), ms)
        teardown.add(() => clearInterval(timer))
        timer.unref()
        void work()
      }
      teardown.add(() => Promise.race([delivery.stop(), sleepByClock(stopWithinMs)]))
      if (admins.length === 0)
        log.warn('setting_warning', { setting: 'ADMIN_USER_IDS', detail: 'alerts are sent to no chat' })
      every(lookEveryMs, delivery.lookAtChats)
      every(roundEveryMs, delivery.round)
      if (alerting.heartbeatUrl === undefined) return
      const problem = async () => {
        for (const part of [...parts, delivery.problem]) {
          const found = await part()
          if (found !== undefined) return found
        }
        return undefined
      }
      every(beatEveryMs, createHeartbeat({ url: alerting.heartbeatUrl, fetch, sleep, log, metrics, problem }))
    },
  }
}

function readPost(body: unknown): ReturnType<typeof readAlertmanagerPost> | null {
  try {
    return readAlertmanagerPost(body)
  } catch {
    return null
  }
}

/** A chat that can be used once the bot is there. */
function createLateChat(): { chat: AlertChat; connect(chat: AlertChat): void; isConnected(): boolean } {
  let real: AlertChat | undefined
  const later = { outcome: 'failed' } as const
  return {
    isConnected: () => real !== undefined,
    connect: connected => {
      real = connected
    },
    chat: {
      notify: async (...given) => real?.notify(...given) ?? later,
      sendEnd: async (...given) => real?.sendEnd(...given) ?? later,
      refresh: async (...given) => real?.refresh(...given),
      sendTest: async (...given) => real?.sendTest(...given) ?? later,
      look: async chatId => real?.look(chatId) ?? 'unknown',
    },
  }
}
