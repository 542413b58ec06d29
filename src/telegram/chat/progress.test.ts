import { Api } from 'grammy'
import { describe, expect, test } from 'vitest'
import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import { sleep as sleepByClock } from '../../process/sleep.ts'
import { eventually, serveTelegram, token } from '../../sandbox/telegram/testing/serve-telegram.ts'
import { silentLog } from '../../telemetry/log.ts'
import { createRegistry } from '../../telemetry/registry.ts'
import { createApiTransformers } from '../api/api-transformers.ts'
import { createApiMetrics } from '../api/metrics.ts'
import { createWaitingUsers } from '../queue/waiting-users.ts'
import { createGate } from '../testing/fake-assistant.ts'
import { createDraftSupport } from './draft-support.ts'
import { startProgress } from './progress.ts'

/** A clock that stands still until the test advances it. */
function manualClock() {
  let now = 1_800_000_000_000
  const sleepers: { until: number; wake: () => void }[] = []
  return {
    now: () => new Date(now),
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>(resolve => {
        if (signal?.aborted) return resolve()
        sleepers.push({ until: now + ms, wake: resolve })
        signal?.addEventListener('abort', () => resolve())
      }),
    advance: (ms: number) => {
      now += ms
      for (const { until, wake } of sleepers) if (until <= now) wake()
    },
    sleeping: () => sleepers.filter(({ until }) => until > now).length,
  }
}

/** A chat where every change of what the bot shows is noted; drafts are answered with `refusal`, if any. */
async function setup({ refusal }: { refusal?: number } = {}) {
  const { url, act } = await serveTelegram()
  const clock = manualClock()
  act.send(7, { text: 'привет' })
  act.send(8, { text: 'привет' })
  const shown: string[] = []
  for (const chatId of [7, 8]) {
    act.watch(chatId, change => {
      if (change.kind === 'draft') shown.push(`draft ${change.draft?.text ?? 'dropped'}`)
      else if (change.kind === 'message' || change.kind === 'edited') shown.push(change.message.text ?? '')
    })
  }
  const calls: string[] = []
  const api = new Api(token, { apiRoot: url })
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  api.config.use(
    async (prev, method, payload, signal) => {
      // a call that its end has cut off is not made again
      if (signal?.aborted !== true) calls.push(method)
      return method === 'sendMessageDraft' && refusal !== undefined
        ? { ok: false, error_code: refusal, description: 'Bad Request: TEXTDRAFT_PEER_INVALID' }
        : await prev(method, payload, signal)
    },
    ...createApiTransformers({ metrics: createApiMetrics(register), log: silentLog, sleep: sleepByClock }),
  )
  const drafts = createDraftSupport(clock)
  const nowMs = () => clock.now().getTime()
  const waitingUsers = createWaitingUsers({ sleep: clock.sleep, processes: () => 1, nowMs })
  const start = (chatId = 7, place: QueuePlace | null = null) =>
    startProgress({
      api,
      target: { chatId },
      sleep: clock.sleep,
      drafts,
      waitingUsers,
      requestNumber: 31,
      place,
      nowMs,
    })
  return { act, api, clock, shown, calls, start }
}

describe('a draft', () => {
  test('shows the stage immediately, what it has become after 4 s, and after 15 s that it takes long', async () => {
    const { act, clock, shown, start } = await setup()

    const progress = start()
    await eventually(() => clock.sleeping() === 1)
    progress.show({ stage: 'searching', searches: 1 })
    progress.show({ stage: 'cart' })
    clock.advance(4_000)
    await eventually(() => shown.length === 2 && clock.sleeping() === 1)
    clock.advance(11_000)
    await eventually(() => shown.length === 3)

    expect(shown).toEqual([
      'draft 🤔 Думаю над запросом…',
      'draft 🧺 Собираю корзину…',
      'draft 🧺 Собираю корзину…\nЭто дольше обычного, но я продолжаю.',
    ])
    expect(act.draft(7)).toMatchObject({ draft_id: 31, can_stop: true })
    await progress.stop()
  })

  test('is renewed before its 30 s are over, for as long as the answer takes', async () => {
    const { clock, calls, start } = await setup()

    const progress = start()
    for (const [ms, callsAfter] of [
      [4_000, 1],
      [11_000, 2],
      [27_000, 3],
      [27_000, 4],
    ] as const) {
      await eventually(() => clock.sleeping() === 1)
      clock.advance(ms)
      await eventually(() => clock.sleeping() === 1 && calls.length === callsAfter)
    }
    await progress.stop()

    expect(calls).toEqual(['sendMessageDraft', 'sendMessageDraft', 'sendMessageDraft', 'sendMessageDraft'])
  })

  test.each([3, 10, 20, 32])(
    'of %i turns of the model of 2 s each takes four calls at most: five with the answer',
    async turns => {
      const { api, clock, calls, start } = await setup()

      const progress = start()
      for (let turn = 1; turn <= turns; turn += 1) {
        await eventually(() => clock.sleeping() === 1)
        progress.show({ stage: 'searching', searches: turn })
        clock.advance(2_000)
      }
      await eventually(() => clock.sleeping() === 1)
      await progress.stop()
      await api.sendMessage(7, 'Готово')

      expect(calls.length).toBeLessThanOrEqual(5)
    },
  )

  test('leaves no message, and nothing appears after the end', async () => {
    const { act, clock, shown, start } = await setup()
    const progress = start()
    await eventually(() => clock.sleeping() === 1)

    const left = await progress.stop()
    progress.show({ stage: 'cart' })
    clock.advance(60_000)

    expect(left).toEqual({ messageId: undefined, isLate: false })
    expect(shown).toEqual(['draft 🤔 Думаю над запросом…'])
    expect(act.messages(7).map(({ text }) => text)).toEqual(['привет'])
  })

  test('that is still in flight is waited for: it must not appear after the answer', async () => {
    const { api, clock } = await setup()
    const gate = createGate()
    let isSent = false
    let arrived = false
    const slow = {
      sendMessageDraft: async () => {
        isSent = true
        await gate.passed
        arrived = true
        return true as const
      },
      sendMessage: api.sendMessage.bind(api),
      editMessageText: api.editMessageText.bind(api),
    }
    const drafts = createDraftSupport(clock)
    const waitingUsers = { add: () => () => undefined }
    const deps = { target: { chatId: 7 }, sleep: clock.sleep, drafts, waitingUsers, requestNumber: 31 }
    const progress = startProgress({ api: slow, ...deps })

    await eventually(() => isSent)
    const stopped = progress.stop().then(() => arrived)
    gate.open()

    expect(await stopped).toBe(true)
  })
})

describe('where Telegram refuses drafts', () => {
  test.each([400, 404])('with %i, a message with a button shows the same, and becomes the answer', async status => {
    const { act, clock, shown, calls, start } = await setup({ refusal: status })

    const progress = start()
    await eventually(() => clock.sleeping() === 1)
    progress.show({ stage: 'searching', searches: 3 })
    clock.advance(4_000)
    await eventually(() => shown.length === 2 && clock.sleeping() === 1)
    clock.advance(11_000)
    await eventually(() => shown.length === 3 && clock.sleeping() === 0)
    const left = await progress.stop()

    expect(left.isLate).toBe(false)
    expect(shown).toEqual([
      '🤔 Думаю над запросом…',
      '🔎 Ищу продукты… (3)',
      '🔎 Ищу продукты… (3)\nЭто дольше обычного, но я продолжаю.',
    ])
    expect(act.messages(7).at(-1)).toMatchObject({
      message_id: left.messageId,
      reply_markup: { inline_keyboard: [[{ text: 'Стоп', callback_data: 'stop_31' }]] },
    })
    expect(calls).toEqual(['sendMessageDraft', 'sendMessage', 'editMessageText', 'editMessageText'])
  })

  test.each([
    ['a chat', 400, ['sendMessage', 'sendMessageDraft', 'sendMessage']],
    ['the server', 404, ['sendMessage', 'sendMessage']],
  ])('the refusal of %s is remembered for an hour', async (_, refusal, callsAfterTheFirst) => {
    const { clock, calls, start } = await setup({ refusal })
    const once = async (chatId: number) => {
      const progress = start(chatId)
      await eventually(() => clock.sleeping() === 1)
      await progress.stop()
      clock.advance(60_000)
    }
    await once(7)
    calls.length = 0

    await once(7)
    await once(8)
    const withinTheHour = [...calls]
    clock.advance(3_600_000)
    await once(7)

    expect(withinTheHour).toEqual(callsAfterTheFirst)
    expect(calls.slice(withinTheHour.length)).toEqual(['sendMessageDraft', 'sendMessage'])
  })

  test.each([429, 502, 403])('a draft that fails with %i is no refusal: the next one is tried', async status => {
    const { act, clock, calls, start } = await setup({ refusal: status })

    const progress = start()
    await eventually(() => clock.sleeping() === 1)
    progress.show({ stage: 'cart' })
    clock.advance(4_000)
    await eventually(() => calls.length === 2)
    await progress.stop()

    expect(calls).toEqual(['sendMessageDraft', 'sendMessageDraft'])
    expect(act.messages(7)).toHaveLength(1)
  })
})

describe('in the queue for the model', () => {
  const text = (shown: string[]) => shown.map(line => line.replace(/\u00a0/g, ' '))

  test('the place is seen immediately, stays in a message, stays true, and becomes the progress', async () => {
    const { act, clock, shown, calls, start } = await setup()
    let place = { ahead: 13, waitMs: 40_000 }

    const progress = start(7, place)
    await eventually(() => shown.length === 1 && clock.sleeping() === 1)
    progress.queue(() => place)
    clock.advance(1_000)
    await eventually(() => shown.length === 3 && clock.sleeping() === 1)
    place = { ahead: 2, waitMs: 11_000 }
    for (let second = 1; second <= 10; second += 1) {
      clock.advance(1_000)
      await eventually(() => clock.sleeping() === 1)
    }
    await eventually(() => shown.length === 4)
    progress.queue(null)
    await eventually(() => shown.length === 5)
    const left = await progress.stop()

    expect(text(shown)).toEqual([
      'draft ⏳ Вы 14-й в очереди, примерно 40 секунд',
      'draft dropped',
      '⏳ Вы 14-й в очереди, примерно 40 секунд',
      '⏳ Вы 3-й в очереди, примерно 20 секунд',
      '🤔 Думаю над запросом…',
    ])
    expect(calls).toEqual(['sendMessageDraft', 'sendMessage', 'editMessageText', 'editMessageText'])
    expect(left).toEqual({ messageId: act.messages(7).at(-1)?.message_id, isLate: true })
    expect(act.messages(7)).toHaveLength(2)
  })

  test('a wait of a moment is a draft, and leaves no message', async () => {
    const { act, clock, shown, start } = await setup()

    const progress = start()
    progress.queue(() => ({ ahead: 0, waitMs: 3_000 }))
    await eventually(() => shown.length === 1 && clock.sleeping() >= 1)
    clock.advance(1_000)
    progress.queue(null)
    await eventually(() => shown.length === 2)
    const left = await progress.stop()

    expect(text(shown)).toEqual(['draft ⏳ Вы 1-й в очереди, примерно 10 секунд', 'draft 🤔 Думаю над запросом…'])
    expect(left).toEqual({ messageId: undefined, isLate: false })
    expect(act.messages(7)).toHaveLength(1)
  })

  test('a wait that was estimated too short moves into a message too', async () => {
    const { clock, shown, start } = await setup()

    const progress = start(7, { ahead: 0, waitMs: 100 })
    await eventually(() => shown.length === 1)
    for (let second = 1; second <= 6; second += 1) {
      await eventually(() => clock.sleeping() === 1)
      clock.advance(1_000)
    }
    await eventually(() => shown.length === 3)
    await progress.stop()

    expect(text(shown).at(-1)).toBe('⏳ Вы 1-й в очереди, примерно 10 секунд')
  })

  test('what has been begun is shown instead, also while its next call waits', async () => {
    const { clock, shown, start } = await setup()

    const progress = start(7, { ahead: 0, waitMs: 3_000 })
    await eventually(() => shown.length === 1)
    progress.show({ stage: 'searching', searches: 1 })
    progress.queue(() => ({ ahead: 4, waitMs: 90_000 }))
    await eventually(() => shown.length === 2 && clock.sleeping() >= 1)
    await progress.stop()

    expect(shown.at(-1)).toBe('draft 🔎 Ищу продукты… (1)')
  })

  test('a first sign of life that did not arrive is tried again within two seconds', async () => {
    const { clock, calls, start } = await setup({ refusal: 502 })

    const progress = start()
    await eventually(() => calls.length === 1 && clock.sleeping() === 1)
    clock.advance(1_000)
    await eventually(() => calls.length === 2)
    await progress.stop()

    expect(calls).toEqual(['sendMessageDraft', 'sendMessageDraft'])
  })
})
