import { expect, onTestFinished, test, vi } from 'vitest'
import { createSendPace } from './send-pace.ts'

/** A pace on a clock of its own; `sentAt` is when each message went, in milliseconds, by the order of asking. */
function setup(perSecond = 30) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const startedAt = performance.now()
  let waiting = 0
  const pace = createSendPace({
    perSecond,
    metrics: {
      sendWaits: () => {
        waiting += 1
      },
      sendGoes: () => {
        waiting -= 1
      },
    },
    sleep: (ms, signal) =>
      new Promise(resolve => {
        setTimeout(resolve, ms)
        signal?.addEventListener('abort', () => resolve(), { once: true })
      }),
  })
  const send = async (chatId: number, signal?: AbortSignal) => {
    await pace.turn(chatId, signal)
    return Math.round(performance.now() - startedAt)
  }
  const sentAt = async (sends: Promise<number>[]) => {
    await vi.runAllTimersAsync()
    return Promise.all(sends)
  }
  return { pace, send, sentAt, waiting: () => waiting }
}

/** The most that went within any second. */
const mostInASecond = (times: number[]) =>
  Math.max(...times.map(from => times.filter(at => at >= from && at < from + 1000).length))

test('a chat gets a short burst, then less than one message a second', async () => {
  const { send, sentAt } = setup()

  const times = await sentAt(Array.from({ length: 7 }, () => send(7)))

  expect(times).toEqual([0, 0, 0, 0, 1050, 2100, 3150])
})

test('a group gets fewer than twenty a minute', async () => {
  const { send, sentAt } = setup()

  const times = await sentAt(Array.from({ length: 40 }, () => send(-100)))

  expect(times.filter(at => at < 60_000).length).toBeLessThan(35)
  expect(times.filter(at => at >= 10_000 && at < 70_000).length).toBeLessThan(20)
})

test.each([30, 100])('no second has more than %d messages over all chats', async perSecond => {
  const { send, sentAt, waiting } = setup(perSecond)

  const sends = Array.from({ length: 300 }, (_, chat) => send(chat + 1))
  const before = waiting()
  const times = await sentAt(sends)

  expect(mostInASecond(times)).toBeLessThanOrEqual(perSecond)
  expect(mostInASecond(times)).toBeGreaterThan(perSecond * 0.8)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect([before, waiting()]).toEqual([300, 0])
})

test('three processes together have no more than one alone', async () => {
  const { pace, send, sentAt } = setup()
  pace.share(3)

  const times = await sentAt(Array.from({ length: 100 }, (_, chat) => send(chat + 1)))

  expect(mostInASecond(times)).toBeLessThanOrEqual(10)
})

test('a chat that waits holds up no other', async () => {
  const { send, sentAt } = setup()

  const waits = Array.from({ length: 6 }, () => send(7))
  const [other] = await sentAt([send(8), ...waits])

  expect(other).toBeLessThan(1000)
})

test('a pause that Telegram asks for holds for its chat', async () => {
  const { pace, send, sentAt } = setup()
  await send(7)
  pace.pause(7, 5000)

  const [paused, other] = await sentAt([send(7), send(8)])

  expect([paused, other]).toEqual([5000, 0])
})

test('who gives up waits no longer', async () => {
  const { send, sentAt, waiting } = setup()
  const giveUp = new AbortController()
  const sends = Array.from({ length: 6 }, () => send(7, giveUp.signal))

  giveUp.abort()

  const times = await sentAt(sends)
  expect(times.slice(4)).toEqual([0, 0])
  expect(waiting()).toBe(0)
})
