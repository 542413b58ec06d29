import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import express from 'express'
import fc from 'fast-check'
import type { Update } from 'grammy/types'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createInboxTables } from '../../test/simulation/models/inbox-tables.ts'
import type { Answer, Question } from '../assistant/assistant.ts'
import { StartupError } from '../errors.ts'
import { serveTelegram, token } from '../sandbox/telegram/testing/serve-telegram.ts'
import { silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { createTelegram, type TelegramDeps } from './create-telegram.ts'
import { html } from './html.ts'
import { consentVersion } from './privacy/policy.ts'
import { anAnswer, createFakeAssistant, createGate } from './testing/fake-assistant.ts'
import { createFakeUsers } from './testing/fake-users.ts'
import { createLogBook, eventually, fastSleep, startBot } from './testing/start-bot.ts'
import type { InboxKey, InboxStore } from './updates/inbox-store.ts'

/** A time limit that no machine is too slow for, in milliseconds of fastSleep. */
const unhurried = 100_000_000

/** A bot of its own on a Telegram that outlives it. */
function botAt(url: string, deps: Partial<TelegramDeps> = {}) {
  const assistant = createFakeAssistant()
  const users = createFakeUsers()
  users.set(7, { consentVersion })
  const telegram = createTelegram({
    token,
    apiUrl: url,
    adminUserIds: [],
    assistant,
    users,
    log: silentLog,
    recorder: { record: async () => undefined },
    register: createRegistry({ serviceName: 'vkusvill-bot', env: 'test' }),
    now: () => new Date(),
    sleep: fastSleep,
    togetherMs: 0,
    allowance: { cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
    ...deps,
  })
  onTestFinished(() => telegram.stop(0))
  return { telegram, assistant, users }
}
/** Inboxes of processes that share one database. */
function memoryInboxes() {
  const tables = createInboxTables(() => Date.now())
  return () => {
    const worker = randomUUID()
    const columns = (keys: readonly InboxKey[]) =>
      [keys.map(({ userId }) => userId), keys.map(({ updateId }) => updateId)] as const
    const store: InboxStore = {
      put: async (update, takes) => tables.put(worker, [{ ...update, takes }], { hands: true, inOrder: false }),
      take: async (leaseMs, users, fence) => tables.take(worker, leaseMs, users, fence),
      done: async keys => tables.done(...columns(keys)),
      release: async userIds => tables.release(worker, userIds),
      show: async ({ userId, updateId }, messageId) => tables.show(worker, userId, updateId, messageId),
      showWaiting: async shown => tables.showWaiting(worker, shown),
      leave: async () => tables.leave(worker),
      state: async () => tables.state(worker),
    }
    return { store, secret: 'secret' }
  }
}
type Acts = Awaited<ReturnType<typeof serveTelegram>>['act']
const readBy = (act: Acts, userId: number) =>
  act
    .messages(userId)
    .filter(({ from }) => from?.is_bot)
    .map(({ text }) => text)

describe('a bot that answers as many messages as it holds', () => {
  test.each([
    { knows: 'drafts', knowsDrafts: true },
    { knows: 'messages alone', knowsDrafts: false },
  ])('shows the others their place, in $knows, until it is their turn, and leaves nothing of it', async given => {
    const { url, act } = await serveTelegram({ knowsDrafts: given.knowsDrafts })
    const bot = botAt(url, { inbox: memoryInboxes()(), mostInFlight: 1 })
    const gates = new Map([7, 8, 9].map(userId => [userId, createGate()]))
    for (const userId of gates.keys()) bot.users.set(userId, { consentVersion })
    bot.assistant.respond = async ({ user }) => {
      await gates.get(user.userId)?.passed
      return anAnswer({ text: 'Вот' })
    }
    const shown = (userId: number) => act.draft(userId)?.text ?? readBy(act, userId).at(-1) ?? ''
    await bot.telegram.start()

    act.send(7, { text: 'молоко' })
    await eventually(() => bot.assistant.questions.length === 1)
    act.send(8, { text: 'хлеб' })
    act.send(9, { text: 'сыр' })
    await eventually(() => shown(8).startsWith('⏳ Вы 1-й в очереди') && shown(9).startsWith('⏳ Вы 2-й в очереди'))
    const asked = bot.assistant.questions.length
    gates.get(7)?.open()
    await eventually(() => bot.assistant.questions.length === 2)
    await eventually(() => shown(8).includes('Думаю'))
    for (const gate of gates.values()) gate.open()
    await eventually(() => readBy(act, 9).at(-1) === 'Вот')

    expect(asked).toBe(1)
    expect(bot.assistant.questions.map(({ text }) => text)).toEqual(['молоко', 'хлеб', 'сыр'])
    // a message that showed the place is deleted after the answer
    await eventually(() => [7, 8, 9].every(userId => readBy(act, userId).join() === 'Вот'))
    expect([act.draft(8), act.draft(9)]).toEqual([null, null])
  })

  test('a stop of one that waits ends it when it begins', async () => {
    const { url, act } = await serveTelegram()
    const bot = botAt(url, { inbox: memoryInboxes()(), mostInFlight: 4 })
    const gate = createGate()
    for (const userId of [7, 8, 9, 10, 11]) bot.users.set(userId, { consentVersion })
    bot.assistant.respond = async ({ stopSignal }) => {
      if (stopSignal?.aborted === true) return { ...anAnswer({ text: null }), isStopped: true }
      await gate.passed
      return anAnswer({ text: 'Вот' })
    }
    await bot.telegram.start()
    for (const userId of [7, 8, 9, 10]) act.send(userId, { text: 'молоко' })
    await eventually(() => bot.assistant.questions.length === 4)
    act.send(11, { text: 'хлеб' })
    await eventually(() => act.draft(11)?.text.startsWith('⏳') === true)

    act.stop(11, act.draft(11)?.draft_id ?? 0)
    await eventually(() => readBy(act, 11).at(-1)?.startsWith('Остановился') === true)

    gate.open()
    await eventually(() => [7, 8, 9, 10].every(userId => readBy(act, userId).at(-1) === 'Вот'))
  })

  test('whom another bot takes sees what that one shows, and nothing stays of the place', async () => {
    const { url, act } = await serveTelegram({ knowsDrafts: false })
    const inboxes = memoryInboxes()
    const full = botAt(url, { inbox: inboxes(), mostInFlight: 1 })
    const gate = createGate()
    full.assistant.respond = async () => {
      await gate.passed
      return anAnswer({ text: 'от первого' })
    }
    full.users.set(8, { consentVersion })
    await full.telegram.start()
    act.send(7, { text: 'молоко' })
    await eventually(() => full.assistant.questions.length === 1)
    act.send(8, { text: 'хлеб' })
    await eventually(() => readBy(act, 8).at(-1)?.startsWith('⏳') === true)

    const other = botAt(url, { users: full.users, inbox: inboxes() })
    other.assistant.respond = () => anAnswer({ text: 'от второго' })
    await other.telegram.start()
    await eventually(() => readBy(act, 8).join() === 'от второго')

    expect(full.assistant.questions).toHaveLength(1)
    gate.open()
    await eventually(() => readBy(act, 7).at(-1) === 'от первого')
  })

  test('who waits when it ends sees the place from the next bot, in the same message', async () => {
    const { url, act } = await serveTelegram({ knowsDrafts: false })
    const inboxes = memoryInboxes()
    const gate = createGate()
    const respond = async () => {
      await gate.passed
      return anAnswer({ text: 'Вот' })
    }
    const first = botAt(url, { inbox: inboxes(), mostInFlight: 1 })
    first.assistant.respond = respond
    for (const userId of [8, 9]) first.users.set(userId, { consentVersion })
    await first.telegram.start()
    for (const userId of [7, 8, 9]) {
      act.send(userId, { text: 'молоко' })
      await eventually(() => readBy(act, userId).length === 1)
    }
    const readByFirst = readBy(act, 9)

    await first.telegram.stop(0)
    const next = botAt(url, { users: first.users, inbox: inboxes(), mostInFlight: 2 })
    next.assistant.respond = respond
    await next.telegram.start()
    await eventually(() => next.assistant.questions.length === 2)
    await eventually(() => readBy(act, 9).join().startsWith('⏳ Вы 1-й в очереди'))
    gate.open()
    await eventually(() => readBy(act, 9).join() === 'Вот')

    expect(readByFirst).toEqual([expect.stringContaining('Вы 2-й в очереди')])
  })

  test.each([
    { by: 'the draft', ask: (act: Acts) => act.stop(11, act.draft(11)?.draft_id ?? 0) },
    { by: 'a word', ask: (act: Acts) => act.send(11, { text: 'Стоп' }) },
  ])('a stop by $by of one that waits ends it, also when no button of others has room', async ({ ask }) => {
    const { url, act } = await serveTelegram()
    const bot = botAt(url, { inbox: memoryInboxes()(), mostInFlight: 1 })
    const gate = createGate()
    bot.users.set(11, { consentVersion })
    bot.assistant.respond = async ({ stopSignal }) => {
      if (stopSignal?.aborted === true) return { ...anAnswer({ text: null }), isStopped: true }
      await gate.passed
      return anAnswer({ text: 'Вот' })
    }
    await bot.telegram.start()
    act.send(7, { text: 'молоко' })
    await eventually(() => bot.assistant.questions.length === 1)
    act.send(8, { text: '/help' })
    await eventually(() => readBy(act, 8).length === 1)
    act.send(11, { text: 'хлеб' })
    await eventually(() => act.draft(11)?.text.startsWith('⏳') === true)

    ask(act)
    await eventually(() => readBy(act, 11).at(-1)?.startsWith('Остановился') === true)
    const others = readBy(act, 7)
    gate.open()
    await eventually(() => readBy(act, 7).at(-1) === 'Вот')

    expect(others).not.toContain('Вот')
  })
})

describe('the start', () => {
  test('with a token Telegram does not accept says what to do', async () => {
    const { url } = await serveTelegram()
    const { telegram } = botAt(url, { token: '42:another-token-of-a-deleted-bot' })

    const failure = await telegram.start().catch((err: unknown) => err)

    expect(failure).toBeInstanceOf(StartupError)
    expect(String(failure)).toContain('BOT_TOKEN')
  })

  test('without a Telegram to reach gives up after bounded attempts', async () => {
    const { telegram } = botAt('http://127.0.0.1:1')

    const failure = await telegram.start().catch((err: unknown) => err)

    expect(failure).toBeInstanceOf(StartupError)
    expect(String(failure)).not.toContain(token)
    expect(telegram.problem()).toContain('idle')
  })

  test('removes a webhook left over, so that polling works', async () => {
    const { user } = await startBot({ beforeStart: ({ api }) => void api.setWebhook('http://localhost:1/old') })

    user(7).say('/help')

    await eventually(() => user(7).read().length === 1)
  })
})

describe('the stop', () => {
  test('finishes what is in flight and leaves what is new to the next process', async () => {
    const { url, act } = await serveTelegram()
    const first = botAt(url)
    const gate = createGate()
    first.assistant.respond = async () => {
      await gate.passed
      return anAnswer({ text: 'от первого' })
    }
    await first.telegram.start()
    act.send(7, { text: 'молоко' })
    await eventually(() => first.assistant.questions.length === 1)

    const stopping = first.telegram.stop(unhurried)
    act.send(8, { text: '/help' })
    gate.open()
    await stopping
    const second = botAt(url)
    await second.telegram.start()
    await eventually(() => readBy(act, 8).length === 1)

    expect(readBy(act, 7)).toEqual(['от первого'])
    expect(second.assistant.questions).toEqual([])
    expect(first.telegram.problem()).toContain('stopped')
  })

  test('waits no longer than its timeout; what was not finished is answered by the next process, once', async () => {
    const { url, act } = await serveTelegram()
    const first = botAt(url)
    first.assistant.respond = ({ signal }) =>
      new Promise(resolve => signal.addEventListener('abort', () => resolve(anAnswer({ error: new Error('aborted') }))))
    await first.telegram.start()
    act.send(7, { text: 'молоко' })
    await eventually(() => first.assistant.questions.length === 1)

    await first.telegram.stop(1000)
    const second = botAt(url, { users: first.users })
    await second.telegram.start()
    await eventually(() => readBy(act, 7).length === 1)

    expect(second.assistant.questions).toMatchObject([{ text: 'молоко', maybeRepeat: true }])
  })

  test('what waits behind a long answer is seen to have been received', async () => {
    const { url, act } = await serveTelegram()
    const first = botAt(url)
    const gate = createGate()
    first.assistant.respond = async () => {
      await gate.passed
      return anAnswer()
    }
    await first.telegram.start()
    act.send(7, { text: 'молоко' })
    await eventually(() => first.assistant.questions.length === 1)
    const changes: string[] = []
    act.watch(7, ({ kind }) => changes.push(kind))

    act.send(7, { text: '/help' })

    await eventually(() => changes.includes('typing'))
    gate.open()
    await eventually(() => readBy(act, 7).length === 2)
  })

  test('what a user sent after a message that was given up does not overtake it', async () => {
    const { url, act } = await serveTelegram()
    const first = botAt(url)
    first.assistant.respond = ({ signal }) =>
      new Promise(resolve => signal.addEventListener('abort', () => resolve(anAnswer({ error: new Error('aborted') }))))
    await first.telegram.start()
    act.send(7, { text: 'молоко' })
    act.send(7, { text: '/help' })
    await eventually(() => first.assistant.questions.length === 1)

    await first.telegram.stop(1000)
    const second = botAt(url, { users: first.users })
    await second.telegram.start()
    await eventually(() => readBy(act, 7).length === 2)

    expect(readBy(act, 7)).toEqual([expect.stringContaining('Вот что нашлось'), expect.stringContaining('Как это')])
  })

  test('who only waits for the model goes on with another process during it, in the same message', async () => {
    const { url, act } = await serveTelegram()
    const inboxes = memoryInboxes()
    const first = botAt(url, { inbox: inboxes() })
    first.users.set(8, { consentVersion })
    const { passed, open } = createGate()
    const waits = ({ onQueue, signal }: Question, ahead: number) =>
      new Promise<Answer>(resolve => {
        signal.addEventListener('abort', () => resolve(anAnswer({ error: signal.reason })))
        onQueue?.(() => ({ ahead, waitMs: 40_000 }), true)
      })
    first.assistant.respond = async question => {
      if (question.user.userId === 7) return waits(question, 7)
      await passed
      // its next call waits, too, but something of it is done
      question.onQueue?.(() => ({ ahead: 0, waitMs: 1_000 }), false)
      return anAnswer({ text: 'от первого' })
    }
    await first.telegram.start()
    act.send(8, { text: 'хлеб' })
    act.send(7, { text: 'молоко' })
    act.send(7, { text: '/help' })
    await eventually(() => readBy(act, 7).length === 1)
    const shown = act.messages(7).find(({ from }) => from?.is_bot)

    const stopping = first.telegram.stop(unhurried)
    const second = botAt(url, { users: first.users, inbox: inboxes() })
    const answered = createGate()
    second.assistant.respond = async question => {
      question.onQueue?.(() => ({ ahead: 2, waitMs: 20_000 }), true)
      await answered.passed
      question.onQueue?.(null, false)
      return anAnswer({ text: 'от второго' })
    }
    await second.telegram.start()
    await eventually(() => readBy(act, 7)[0]?.includes('3-й') === true)

    expect(shown?.text).toContain('8-й')
    expect(act.messages(7).flatMap(({ from, message_id }) => (from?.is_bot ? [message_id] : []))).toEqual([
      shown?.message_id,
    ])
    answered.open()
    await eventually(() => readBy(act, 7).length === 2 && !readBy(act, 7).some(text => text?.includes('очереди')))
    expect(readBy(act, 7)).toEqual(['от второго', expect.stringContaining('Как это')])
    expect(readBy(act, 8)).not.toContain('от первого')
    open()
    await stopping
    expect(readBy(act, 8)).toContain('от первого')
    expect(second.assistant.questions.map(({ user }) => user.userId)).toEqual([7])
  })

  test('who writes during it sees that it came, and the next process answers', async () => {
    const { url, act } = await serveTelegram()
    const inboxes = memoryInboxes()
    const first = botAt(url, { inbox: inboxes() })
    const gate = createGate()
    first.assistant.respond = async () => {
      await gate.passed
      return anAnswer({ text: 'от первого' })
    }
    await first.telegram.start()
    act.send(7, { text: 'молоко' })
    await eventually(() => first.assistant.questions.length === 1)
    const changes: string[] = []
    act.watch(8, ({ kind }) => changes.push(kind))

    const stopping = first.telegram.stop(unhurried)
    act.send(8, { text: '/help' })
    await eventually(() => changes.includes('typing'))
    gate.open()
    await stopping
    const unanswered = readBy(act, 8)
    await botAt(url, { users: first.users, inbox: inboxes() }).telegram.start()
    await eventually(() => readBy(act, 8).length === 1)

    expect(unanswered).toEqual([])
    expect(readBy(act, 7)).toEqual(['от первого'])
  })

  test('takes no updates any more when the next process polls before it is over', async () => {
    const { url, act } = await serveTelegram()
    const inboxes = memoryInboxes()
    const { log, lines } = createLogBook()
    const first = botAt(url, { inbox: inboxes(), log })
    const gate = createGate()
    first.assistant.respond = async () => {
      await gate.passed
      return anAnswer()
    }
    await first.telegram.start()
    act.send(7, { text: 'молоко' })
    await eventually(() => first.assistant.questions.length === 1)

    const stopping = first.telegram.stop(unhurried)
    const second = botAt(url, { users: first.users, inbox: inboxes() })
    await second.telegram.start()
    for (const round of [1, 2, 3]) {
      act.send(8, { text: '/help' })
      await eventually(() => readBy(act, 8).length === round)
    }
    gate.open()
    await stopping

    expect(readBy(act, 7)).toHaveLength(1)
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  test('may be called twice, and before the start', async () => {
    const { url } = await serveTelegram()
    const { telegram } = botAt(url)

    await telegram.stop()
    await telegram.stop()

    expect(telegram.problem()).toContain('stopped')
  })
})

test('a message that arrived while no bot was running is answered after the start', async () => {
  const { url, act } = await serveTelegram()
  act.send(7, { text: '/help' })
  const { telegram } = botAt(url)

  await telegram.start()

  await eventually(() => readBy(act, 7).length === 1)
})

test('users are served at the same time while one answer takes long', async () => {
  const { user, users, assistant } = await startBot()
  const gate = createGate()
  for (let id = 7; id < 40; id += 1) users.set(id, { consentVersion })
  assistant.respond = async ({ user }) => {
    if (user.userId === 7) await gate.passed
    return anAnswer({ text: 'готово' })
  }

  for (let id = 7; id < 40; id += 1) user(id).say('молоко')
  await eventually(() => Array.from({ length: 32 }, (_, i) => user(8 + i).last()).every(text => text === 'готово'))
  const firstDuringAnswer = user(7).read()
  gate.open()

  await eventually(() => user(7).last() === 'готово')
  expect(firstDuringAnswer).toEqual([])
})

test.each(['status', 'reset', 'garbage'] as const)(
  'a Telegram that fails (%s) holds a reply up, then it comes',
  async mode => {
    const gate = createGate()
    // the second pause before a call is repeated lasts until the test ends it
    const sleep = (ms: number, signal?: AbortSignal) =>
      ms === 1000 && signal === undefined ? gate.passed : fastSleep(ms, signal)
    const { user, users, assistant, faults, lines, telegram } = await startBot({ sleep })
    users.set(7, { consentVersion })
    assistant.respond = () => {
      faults.set({ service: 'telegram', mode, status: 502, delay_ms: 0, rate: 1 })
      return anAnswer({ text: 'готово' })
    }
    const isRepeated = () =>
      lines.some(
        ({ event, fields }) => event === 'upstream_retry' && fields.operation === 'sendMessage' && fields.attempt === 2,
      )

    user(7).say('молоко')
    await eventually(isRepeated)
    await eventually(() => telegram.problem() !== undefined)
    faults.set({ service: 'telegram', mode: 'none', status: 500, delay_ms: 0, rate: 0 })
    gate.open()

    await eventually(() => user(7).last() === 'готово')
    await eventually(() => telegram.problem() === undefined)
  },
)

describe('by webhook', () => {
  const secret = 'a-secret-of-the-webhook'

  async function startByWebhook() {
    const app = express()
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`
    const bot = await startBot({ webhook: { url, secret } })
    if (bot.telegram.webhook === null) throw new Error('no webhook')
    app.post('/hook', bot.telegram.webhook)
    return bot
  }

  test('users are answered, and Telegram hears that the update is dealt with', async () => {
    const { user, api } = await startByWebhook()

    user(7).say('/help')
    await eventually(() => user(7).read().length === 1)
    await eventually(async () => (await api.getWebhookInfo()).pending_update_count === 0)

    expect(user(7).last()).toContain('Как это работает')
    expect((await api.getWebhookInfo()).allowed_updates).toEqual([
      'message',
      'callback_query',
      'stopped_message_generation',
      'my_chat_member',
    ])
  })

  test('an update is answered 200 only after the reply was sent', async () => {
    const { user, users, assistant, api } = await startByWebhook()
    const gate = createGate()
    users.set(7, { consentVersion })
    assistant.respond = async () => {
      await gate.passed
      return anAnswer()
    }

    user(7).say('молоко')
    await eventually(() => assistant.questions.length === 1)
    const pendingDuringAnswer = (await api.getWebhookInfo()).pending_update_count
    gate.open()
    await eventually(async () => (await api.getWebhookInfo()).pending_update_count === 0)

    expect(pendingDuringAnswer).toBe(1)
    expect(user(7).read()).toHaveLength(1)
  })
})

describe('notify', () => {
  test('reaches a user who wrote before', async () => {
    const { telegram, act, user } = await startBot()
    act.send(7, { text: '/help' })
    await eventually(() => user(7).read().length === 1)

    const delivered = await telegram.notify(7, html`<b>${'Новость'}</b>`)

    expect(delivered).toBe(true)
    expect(user(7).last()).toBe('Новость')
  })

  test('says so when it cannot, and never throws', async () => {
    const { telegram, act } = await startBot()
    act.send(7, { text: '/help' })
    act.block(7, true)

    expect(await telegram.notify(7, html`Новость`)).toBe(false)
    expect(await telegram.notify(404, html`Новость`)).toBe(false)
  })
})

test('an update counts and is logged once, with closed values and nothing a user wrote', async () => {
  const { user, users, lines, samples, handled } = await startBot()
  users.set(7, { consentVersion })

  user(7).say('секретный суп')
  user(7).say('/help секрет')
  user(7).say('/команда_секрет')
  await eventually(async () => (await handled('answered')) === 3)

  const updates = lines.filter(({ event }) => event === 'update_handled').map(({ fields }) => fields)
  expect(updates).toMatchObject([
    { update_type: 'message', command: 'none', outcome: 'answered' },
    { update_type: 'command', command: 'help', outcome: 'answered' },
    { update_type: 'message', command: 'none', outcome: 'answered' },
  ])
  expect(JSON.stringify(lines)).not.toContain('секрет')
  const zeros = (await samples('bot_updates_total')).filter(({ value }) => value === 0)
  expect(zeros.length).toBeGreaterThan(30)
})

test('a message’s own time is taken, whatever our clock says, but none from before Telegram kept it', async () => {
  const { user, users } = await startBot()
  const at: Date[] = []
  users.start = async ref => {
    at.push(ref.at)
    return null
  }
  const now = Math.floor(Date.now() / 1000)
  const anHourAgo = now - 3600

  for (const [i, date] of [anHourAgo, now + 40 * 24 * 3600, now - 30 * 24 * 3600, 9e15].entries()) {
    user(7).say('/start', { date })
    await eventually(() => at.length === i + 1)
  }

  const [own, ahead, past, never] = at.map(time => Math.round(time.getTime() / 1000))
  expect(own).toBe(anHourAgo)
  expect(ahead).toBe(now + 40 * 24 * 3600)
  expect(Math.abs((past ?? 0) - (now - 7 * 24 * 3600))).toBeLessThan(60)
  expect(Math.abs((never ?? 0) - now)).toBeLessThan(60)
})

test('updates of any shape make nothing fail, and none of a stranger reaches the model', async () => {
  const { act, user, handled, lines, assistant } = await startBot()
  const junk = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.dictionary(fc.string(), fc.string()),
  )
  const from = fc.oneof(junk, fc.record({ id: fc.oneof(junk, fc.constant(7)) }, { requiredKeys: [] }))
  const chat = fc.oneof(
    junk,
    fc.record(
      { id: fc.oneof(junk, fc.constant(7)), type: fc.oneof(junk, fc.constant('private')) },
      { requiredKeys: [] },
    ),
  )
  const message = fc.record(
    { from, chat, date: junk, text: junk, caption: junk, photo: junk, message_id: junk, entities: junk },
    { requiredKeys: [] },
  )
  const knownData = fc.constantFrom('erase_no', 'survey_start', 'survey_pmf_very', 'consent_yes_old', 'invite_show')
  const query = fc.record(
    { id: fc.oneof(junk, fc.constant('1')), from, data: fc.oneof(junk, knownData), message: fc.oneof(junk, message) },
    { requiredKeys: [] },
  )
  const hostile = fc.oneof(
    fc.record({ message: fc.oneof(junk, message) }),
    fc.record({ callback_query: fc.oneof(junk, query) }),
    fc.record({ edited_message: message }),
    fc.record({ my_chat_member: junk }),
    fc.record({ stopped_message_generation: junk }),
  )
  const isUpdate = (value: object): value is Update => typeof value === 'object'

  const unreadable = { message: { from: { id: 7 }, text: 'молоко', date: { toString: 'no function' } } }
  const updates = [...fc.sample(hostile, 300), unreadable]
  for (const update of updates) if (isUpdate(update)) act.inject(update)
  await eventually(async () => (await handled()) >= 200)
  user(8).say('/help')

  await eventually(() => user(8).read().length === 1)
  expect(lines.filter(({ event }) => event === 'update_failed')).toEqual([])
  expect(assistant.questions).toEqual([])
})
