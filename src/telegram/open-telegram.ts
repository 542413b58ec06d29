import { createCharts } from '../analytics/charts/charts.ts'
import type { Teardown } from '../process/teardown.ts'
import { createAdmin } from './admin/admin.ts'
import type { AdminDeps } from './admin/admin-deps.ts'
import { createTelegram, type Telegram, type TelegramDeps } from './create-telegram.ts'
import { html } from './html.ts'

type Shared = 'assistant' | 'users' | 'recorder' | 'log' | 'register' | 'now' | 'sleep' | 'inbox' | 'queue'

export interface OpenTelegramDeps
  extends Pick<TelegramDeps, Shared>,
    Pick<AdminDeps, 'analytics' | 'balances' | 'operations' | 'lookUpRequest' | 'hasDemoHistory' | 'alerts'> {
  settings: Pick<TelegramDeps, 'proxy' | 'redisUrl' | 'supportContact' | 'allowance' | 'togetherMs' | 'mostInFlight'> &
    Pick<AdminDeps, 'timeZone' | 'orderShare' | 'money' | 'grafanaUrl' | 'numberFormat' | 'funnelWindowDays'> & {
      telegram: Pick<TelegramDeps, 'token' | 'username' | 'apiUrl' | 'messagesPerSecond' | 'webhook' | 'adminUserIds'>
      allowance: { cartLimit: number }
      llmCaps: Record<'soft' | 'hard', { dayRub?: number | undefined }>
      llmProvider: 'gigachat' | 'openai'
      openAi: { url: string } | undefined
    }
  /** Names of users in the log. */
  pseudonyms: { of(userId: number): string | Promise<string>; invalidate(userId: number): void }
  teardown: Teardown
}

export interface TelegramWithAdmins extends Telegram {
  /** Writes to every administrator. Never rejects. */
  notifyAdmins(text: string): Promise<unknown>
}

/** Opens the bot with the commands of administrators. No update is taken until it is started. */
export function openTelegram(deps: OpenTelegramDeps): TelegramWithAdmins {
  const {
    settings,
    pseudonyms,
    analytics,
    balances,
    operations,
    lookUpRequest,
    hasDemoHistory,
    alerts,
    teardown,
    ...shared
  } = deps
  const { telegram, proxy, redisUrl, supportContact, allowance, togetherMs, timeZone, orderShare, money, llmCaps } =
    settings
  const charts = createCharts()
  teardown.add(() => charts.close())
  const bot = createTelegram({
    ...shared,
    ...telegram,
    proxy,
    redisUrl,
    supportContact,
    modelReaders: {
      gigachat: settings.llmProvider === 'gigachat',
      otherHost: settings.openAi && new URL(settings.openAi.url).hostname,
    },
    allowance,
    togetherMs,
    mostInFlight: settings.mostInFlight,
    eraseAlso: async userId => pseudonyms.invalidate(userId),
    admin: tools =>
      createAdmin({
        ...tools,
        ...shared,
        analytics,
        balances,
        operations,
        lookUpRequest,
        grafanaUrl: settings.grafanaUrl,
        charts,
        adminUserIds: telegram.adminUserIds,
        timeZone,
        cartLimit: allowance.cartLimit,
        orderShare,
        money,
        dayCaps: { softRub: llmCaps.soft.dayRub, hardRub: llmCaps.hard.dayRub },
        numberFormat: settings.numberFormat,
        funnelWindowDays: settings.funnelWindowDays,
        hasDemoHistory,
        alerts,
        logPseudonym: pseudonyms.of,
      }),
  })
  return {
    ...bot,
    notifyAdmins: text => Promise.all(telegram.adminUserIds.map(id => bot.notify(id, html`${text}`))),
  }
}
