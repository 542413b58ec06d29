import { onTestFinished } from 'vitest'
import type { PlainEventType } from '../../events/facts.ts'
import type { PlainEvent } from '../../events/recorder.ts'
import { sleep as sleepByClock } from '../../process/sleep.ts'
import { serveTelegram, token } from '../../sandbox/telegram/testing/serve-telegram.ts'
import type { Log } from '../../telemetry/log.ts'
import type { LogEvent } from '../../telemetry/log-catalogue.ts'
import { createRegistry } from '../../telemetry/registry.ts'
import { createTelegram, type TelegramDeps } from '../create-telegram.ts'
import { createFakeAssistant } from './fake-assistant.ts'
import { createFakeUsers } from './fake-users.ts'

export { eventually } from '../../sandbox/telegram/testing/serve-telegram.ts'

/** A hundred times faster than the real one. */
export const fastSleep = (ms: number, signal?: AbortSignal) => sleepByClock(Math.ceil(ms / 100), signal)

export interface WrittenLine {
  level: keyof Log
  event: LogEvent
  fields: Record<string, unknown>
}

/** A log that can be read. */
export function createLogBook(): { log: Log; lines: WrittenLine[] } {
  const lines: WrittenLine[] = []
  const at =
    (level: keyof Log) =>
    (event: LogEvent, fields: object): void =>
      void lines.push({ level, event, fields: { ...fields } })
  return {
    log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') },
    lines,
  }
}

export type BotOptions = Partial<TelegramDeps> & {
  beforeStart?: (fake: FakeServer) => void
  fake?: Parameters<typeof serveTelegram>[0]
}
type FakeServer = Awaited<ReturnType<typeof serveTelegram>>

/** The room of Telegram between a fake over HTTP and fakes of the other rooms; stopped after the test. */
export async function startBot({ beforeStart, fake: fakeOptions, ...options }: BotOptions = {}) {
  const fake = await serveTelegram(fakeOptions)
  const users = createFakeUsers()
  const assistant = createFakeAssistant()
  const events: PlainEvent<PlainEventType>[] = []
  const { log, lines } = createLogBook()
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const erased: number[] = []
  /** `offsetMs`: by how much the system's clock was set; `passedMs`: what passed beside the real time. */
  const clock = { offsetMs: 0, passedMs: 0 }
  const deps: TelegramDeps = {
    token,
    apiUrl: fake.url,
    adminUserIds: [1],
    assistant,
    users,
    recorder: { record: async event => void events.push(event) },
    log,
    register,
    now: () => new Date(Date.now() + clock.passedMs + clock.offsetMs),
    elapsedMs: () => performance.now() + clock.passedMs,
    sleep: fastSleep,
    togetherMs: 0,
    throttle: { messages: 1000, actions: 1000, windowMs: 60_000 },
    allowance: { cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
    eraseAlso: async userId => void erased.push(userId),
    ...options,
  }
  const telegram = createTelegram(deps)
  onTestFinished(() => telegram.stop(0))
  beforeStart?.(fake)
  await telegram.start()

  const samples = async (name: string): Promise<{ labels: object; value: number }[]> =>
    (await register.getSingleMetric(name)?.get())?.values ?? []
  return {
    ...fake,
    telegram,
    /** Names of the commands in the menu that a user sees. */
    menuOf: (userId: number) => fake.telegram.commandsFor(userId).map(({ command }) => command),
    users,
    assistant,
    events,
    lines,
    erased,
    clock,
    /** Updates dealt with so far, all or of one outcome. */
    handled: async (outcome?: string): Promise<number> =>
      (await samples('bot_updates_total'))
        .filter(({ labels }) => outcome === undefined || ('outcome' in labels && labels.outcome === outcome))
        .reduce((sum, { value }) => sum + value, 0),
    samples,
    user: (userId: number) => userIn(fake, userId),
  }
}

export type RunningBot = Awaited<ReturnType<typeof startBot>>

/** What a user does and sees in their chat. */
function userIn({ act }: FakeServer, userId: number) {
  const fromBot = () => act.messages(userId).filter(({ from }) => from?.is_bot === true)
  const buttonsOf = (message: ReturnType<typeof fromBot>[number]) => message.reply_markup?.inline_keyboard.flat() ?? []
  return {
    say: (text: string, options?: Parameters<typeof act.send>[2]) => act.send(userId, { text }, options),
    /** Texts of the bot, oldest first. */
    read: () => fromBot().map(({ text }) => text ?? ''),
    last: () => fromBot().at(-1)?.text ?? '',
    buttons: () => fromBot().flatMap(message => buttonsOf(message).map(button => button.text)),
    urls: () =>
      fromBot().flatMap(message => buttonsOf(message).flatMap(button => ('url' in button ? [button.url] : []))),
    /** Presses the newest button of that label. */
    press: (label: string) => {
      for (const message of fromBot().reverse()) {
        const button = buttonsOf(message).find(({ text }) => text === label)
        if (button !== undefined && 'callback_data' in button)
          return act.press(userId, message.message_id, button.callback_data)
      }
      throw new Error(`no button «${label}»`)
    },
  }
}
