import { Api } from 'grammy'
import { serveTelegram, token } from '../../../sandbox/telegram/testing/serve-telegram.ts'
import type { Alert } from '../../../telemetry/alerts/alert.ts'
import { type AlertChannel, DeliveryError, type Notice } from '../../../telemetry/alerts/channels/alert-channel.ts'
import { createDelivery } from '../../../telemetry/alerts/delivery/create-delivery.ts'
import { type Desk, emptyDesk } from '../../../telemetry/alerts/delivery/desk.ts'
import type { DeskStore } from '../../../telemetry/alerts/delivery/desk-store.ts'
import { createDeliveryMetrics } from '../../../telemetry/alerts/delivery/metrics.ts'
import { createRegistry } from '../../../telemetry/registry.ts'
import { createApiTransformers } from '../../api/api-transformers.ts'
import { createApiMetrics } from '../../api/metrics.ts'
import { createLogBook } from '../../testing/start-bot.ts'
import { createAlertChat } from '../alert-chat.ts'
import { createAlertTexts } from '../render-alerts.ts'
import { createClock } from '../show-time.ts'

const minuteMs = 60_000

/** A desk in memory; `other` is another process that uses it. */
export function createMemoryDesk(): DeskStore {
  let desk = emptyDesk
  return {
    isShared: () => true,
    update: async change => {
      desk = change(desk)
      return desk
    },
  }
}

/** An alert as evaluation hands it over. */
export const alertOf = (name: string, rest: Partial<Alert> = {}): Alert => ({
  name,
  severity: 'critical',
  component: 'gigachat',
  labels: { env: 'test' },
  summary: name === 'GigaChatFailing' ? 'GigaChat не отвечает' : `Не работает ${name}`,
  description: 'Не удались 100 % сообщений.',
  firstStep: 'Первым делом: статус GigaChat.',
  runbook: `docs/runbook.md#${name.toLowerCase()}`,
  users: 5,
  lastError: 'UpstreamError: gigachat: 500',
  since: new Date('2026-03-02T11:02:00Z'),
  endedAt: null,
  ...rest,
})

interface SetupOptions {
  admins?: number[]
  /** Administrators who have written to the bot. */
  known?: number[]
  channels?: AlertChannel['name'][]
  store?: DeskStore
  replica?: string
  timeZone?: string
  fake?: Awaited<ReturnType<typeof serveTelegram>>
}

/** Delivery over a fake Telegram, with a clock that tests move. */
export async function setupDelivery({
  admins = [1],
  known = admins,
  channels = [],
  store = createMemoryDesk(),
  replica = 'one',
  timeZone = 'Europe/Moscow',
  fake,
}: SetupOptions = {}) {
  const telegram = fake ?? (await serveTelegram())
  if (fake === undefined) for (const id of known) telegram.act.send(id, { text: '/start' })
  const { log, lines } = createLogBook()
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const clock = { at: new Date('2026-03-02T11:05:00Z').getTime() }
  const now = () => new Date(clock.at)
  const api = new Api(token, { apiRoot: telegram.url })
  const sleep = async () => undefined
  api.config.use(...createApiTransformers({ metrics: createApiMetrics(register), log, sleep, timeoutMs: 60_000 }))
  const sent: { channel: string; notice: Notice }[] = []
  const broken = new Set<string>()
  const times = createClock(timeZone)
  const texts = createAlertTexts(times, now)
  const silences: [string, Date][] = []
  const delivery = createDelivery({
    store,
    chat: createAlertChat({ api, render: texts, clock: times, now, timeoutMs: 60_000 }),
    channels: channels.map(name => ({
      name,
      send: async notice => {
        if (broken.has(name)) throw new DeliveryError(name, 'HTTP 503', true)
        sent.push({ channel: name, notice })
      },
    })),
    texts,
    admins,
    replica,
    timeZone,
    silence: async ({ group }, until) => void silences.push([group, until]),
    isReady: () => true,
    now,
    log,
    metrics: createDeliveryMetrics(register),
  })
  const messages = (userId: number) => telegram.act.messages(userId).filter(({ from }) => from?.is_bot === true)
  return {
    delivery,
    store,
    telegram,
    lines,
    register,
    sent,
    broken,
    silences,
    clock,
    /** The desk as it is stored. */
    desk: (): Promise<Desk> => store.update(desk => desk),
    /** What the evaluation of this process finds now, delivered. */
    see: async (...alerts: Alert[]) => {
      await delivery.receive(replica, alerts)
      await delivery.round()
    },
    /** Lets time pass; what goes on is seen again. */
    later: async (minutes: number, ...alerts: Alert[]) => {
      clock.at += minutes * minuteMs
      await delivery.receive(replica, alerts)
      await delivery.round()
    },
    now,
    messages,
    read: (userId: number) => messages(userId).map(({ text }) => text ?? ''),
    /** Labels of the buttons under the newest message that has some. */
    buttons: (userId: number) =>
      messages(userId)
        .findLast(({ reply_markup }) => reply_markup !== undefined)
        ?.reply_markup?.inline_keyboard.flat()
        .map(({ text }) => text) ?? [],
    /** Id in the buttons of the newest message about alerts. */
    buttonId: (userId: number) => {
      const buttons = messages(userId).flatMap(({ reply_markup }) => reply_markup?.inline_keyboard.flat() ?? [])
      const button = buttons.findLast(one => 'callback_data' in one)
      return button !== undefined && 'callback_data' in button ? (button.callback_data.split('_')[3] ?? '') : ''
    },
  }
}
