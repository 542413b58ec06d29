import { describe, expect, test } from 'vitest'
import type { Question } from '../../assistant/assistant.ts'
import { silentLog } from '../../telemetry/log.ts'
import { consentVersion } from '../privacy/policy.ts'
import { anAnswer, createGate } from '../testing/fake-assistant.ts'
import { eventually, type RunningBot, startBot } from '../testing/start-bot.ts'
import type { ReminderClaim } from './refusal-store.ts'
import { createReminders } from './reminders.ts'
import { texts } from './texts.ts'

const minuteMs = 60_000

/** A bot whose queue is as long as the test says, and who was refused or wants a reminder. */
async function setup() {
  const queue = { waitMs: 0, ahead: 7, everyMs: 5_000 }
  const refused: number[] = []
  let wanted: number[] = []
  const store = {
    refuse: async (userId: number) => void refused.push(userId),
    wantReminder: async (userId: number) => void wanted.push(userId),
    takeReminders: async ({ places, most }: ReminderClaim) => wanted.slice(0, Math.min(places, most)),
    reminded: async (userId: number) => {
      wanted = wanted.filter(other => other !== userId)
    },
    counts: async () => ({ refused: refused.length, wanted: wanted.length, reminded: 0 }),
  }
  const streams = () => ({
    size: 10,
    held: 10,
    waiting: 0,
    ofNew: queue.waitMs === 0 ? null : { ahead: queue.ahead, waitMs: queue.waitMs },
    everyMs: queue.everyMs,
  })
  const maxWaitMs = 10 * minuteMs
  const bot = await startBot({ queue: { streams, maxWaitMs, store } })
  const remind = () => {
    const metrics = { reminder: () => undefined }
    return createReminders({ store, streams, maxWaitMs, notify: bot.telegram.notify, metrics, log: silentLog }).run()
  }
  return { bot, queue, refused, wanted: () => wanted, remind }
}

/** Waits in the queue until it is stopped or the gate opens. */
const inQueue = (waitMs: number, opened: Promise<void>) => (question: Question) =>
  new Promise<ReturnType<typeof anAnswer>>(resolve => {
    question.stopSignal?.addEventListener('abort', () => resolve(anAnswer({ text: null, isStopped: true })))
    void opened.then(() => {
      question.onQueue?.(null, false)
      resolve(anAnswer())
    })
    question.onQueue?.(() => ({ ahead: 7, waitMs }), true)
  })

const sampleOf = async (bot: RunningBot, name: string) =>
  (await bot.samples(name)).reduce((sum, { value }) => sum + value, 0)

describe('who would wait too long', () => {
  test('is refused politely, is no failure, and can ask to be reminded', async () => {
    const { bot, queue, refused, wanted } = await setup()
    queue.waitMs = 14 * minuteMs
    const user = bot.user(7)
    bot.users.set(7, { consentVersion })

    user.say('молоко')
    await eventually(() => user.read().length === 1)
    user.press(texts.remind)
    await eventually(() => wanted().length === 1)
    await eventually(() => user.last() === texts.willRemind.source)

    expect(user.read()).toHaveLength(1)
    expect([refused, wanted()]).toEqual([[7], [7]])
    expect(bot.assistant.questions).toEqual([])
    expect(bot.events).toEqual([])
    await eventually(async () => (await bot.handled()) === 2)
    expect(await bot.handled('busy')).toBe(1)
    expect(await sampleOf(bot, 'bot_messages_failed_total')).toBe(0)
    expect(await sampleOf(bot, 'bot_queue_refusals_total')).toBe(1)
    expect(await sampleOf(bot, 'bot_queue_reminders_total')).toBe(1)
    // of the press alone: the message may be answered when it is delivered again
    expect(bot.users.calls.filter(({ method }) => method === 'done')).toHaveLength(1)
  })

  test('is refused when so many came at the same moment that only the queue itself knows', async () => {
    const { bot, refused } = await setup()
    bot.assistant.respond = inQueue(14 * minuteMs, createGate().passed)
    const user = bot.user(7)
    bot.users.set(7, { consentVersion })

    user.say('молоко')
    await eventually(() => user.read().length === 1)

    expect(user.last().replace(/\u00a0/g, ' ')).toContain('14 минут')
    expect(user.buttons()).toEqual([texts.remind])
    expect(refused).toEqual([7])
  })

  test('is reminded once, when there is room again', async () => {
    const { bot, queue, remind } = await setup()
    queue.waitMs = 14 * minuteMs
    const user = bot.user(7)
    bot.users.set(7, { consentVersion })
    user.say('молоко')
    await eventually(() => user.read().length === 1)
    user.press(texts.remind)
    await eventually(() => user.last() === texts.willRemind.source)

    queue.ahead = 6
    await remind()
    const withoutRoom = user.read().length
    queue.ahead = 5
    await remind()
    await remind()

    expect(withoutRoom).toBe(1)
    expect(user.read().slice(1)).toEqual([texts.reminder.source])
  })
})

test.each<[what: string, reminded: number, now: { waitMs?: number; ahead?: number; everyMs?: number }]>([
  ['as many as the queue takes within half a minute', 6, { ahead: 0 }],
  ['less those who wait', 2, { ahead: 4 }],
  ['none while it has no room', 0, { ahead: 40 }],
  ['no more than Telegram takes beside the answers', 10, { ahead: 0, everyMs: 100 }],
  ['one while a stream is free, however slow the model is', 1, { waitMs: 0, everyMs: 90_000 }],
])(
  'of twenty who want a reminder %s hear: %i',
  async (_what, reminded, { waitMs = 1_000, ahead = 0, everyMs = 5_000 }) => {
    const heard: number[] = []
    const wanted = Array.from({ length: 20 }, (_, i) => i)
    const reminders = createReminders({
      store: {
        takeReminders: async ({ places, most }) => wanted.slice(0, Math.min(places, most)),
        reminded: async () => undefined,
      },
      streams: () => ({ size: 10, held: 10, waiting: 0, ofNew: waitMs === 0 ? null : { ahead, waitMs }, everyMs }),
      maxWaitMs: 10 * minuteMs,
      notify: async userId => heard.push(userId) > 0,
      metrics: { reminder: () => undefined },
      log: silentLog,
    })

    await reminders.run()

    expect(heard).toEqual(wanted.slice(0, reminded))
  },
)

describe('who waits', () => {
  test('reads their place in a message, which goes when the answer comes as one of its own', async () => {
    const { bot, queue } = await setup()
    queue.waitMs = 40_000
    const { passed, open } = createGate()
    bot.assistant.respond = inQueue(40_000, passed)
    const user = bot.user(7)
    bot.users.set(7, { consentVersion })

    user.say('молоко')
    await eventually(() => user.read().length === 1)
    const waiting = user.last().replace(/\u00a0/g, ' ')
    const shown = await bot.samples('bot_queue_waiting')
    open()
    await eventually(() => user.last() === 'Вот что нашлось')
    await eventually(() => user.read().length === 1)

    expect(waiting).toBe('⏳ Вы 8-й в очереди, примерно 40 секунд')
    expect(shown.map(({ value }) => value)).toEqual([1])
    expect(user.read()).toEqual(['Вот что нашлось'])
    expect(await sampleOf(bot, 'bot_queue_waiting')).toBe(0)
  })

  test('leaves the queue by the stop button', async () => {
    const { bot } = await setup()
    bot.assistant.respond = inQueue(40_000, createGate().passed)
    const user = bot.user(7)
    bot.users.set(7, { consentVersion })

    user.say('молоко')
    await eventually(() => user.buttons().includes('Стоп'))
    user.press('Стоп')
    await eventually(() => user.last().startsWith('Остановился'))

    await eventually(() => user.read().length === 1)
    expect(await sampleOf(bot, 'bot_queue_waiting')).toBe(0)
  })
})
