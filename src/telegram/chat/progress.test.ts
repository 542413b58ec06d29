import { Api } from 'grammy'
import { expect, test } from 'vitest'
import { eventually, serveTelegram, token } from '../../sandbox/telegram/testing/serve-telegram.ts'
import { startProgress } from './progress.ts'

/** A clock that stands still until the test advances it. */
function manualClock() {
  let now = 0
  const sleepers: { until: number; wake: () => void }[] = []
  return {
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

async function setup() {
  const { url, act } = await serveTelegram()
  const clock = manualClock()
  act.send(7, { text: 'привет' })
  const changes: string[] = []
  act.watch(7, change => {
    changes.push(change.kind === 'message' || change.kind === 'edited' ? (change.message.text ?? '') : change.kind)
  })
  const progress = startProgress({ api: new Api(token, { apiRoot: url }), target: { chatId: 7 }, sleep: clock.sleep })
  const texts = () => changes.filter(change => !['typing', 'deleted'].includes(change))
  return { act, clock, changes, progress, texts }
}

test('stages that follow one another within a second are one change: the last', async () => {
  const { clock, progress, texts } = await setup()

  progress.show({ stage: 'thinking' })
  await eventually(() => clock.sleeping() === 2)
  progress.show({ stage: 'searching', searches: 1 })
  progress.show({ stage: 'searching', searches: 2 })
  progress.show({ stage: 'cart' })
  const withinTheSecond = texts()
  clock.advance(1000)
  await eventually(() => texts().length === 2)
  await progress.stop()

  expect(withinTheSecond).toEqual(['🤔 Думаю над запросом…'])
  expect(texts()).toEqual(['🤔 Думаю над запросом…', '🧺 Собираю корзину…'])
})

test('«typing» is renewed every four seconds until the end', async () => {
  const { clock, changes, progress } = await setup()
  const typing = () => changes.filter(change => change === 'typing').length

  await eventually(() => clock.sleeping() === 1)
  clock.advance(4000)
  await eventually(() => clock.sleeping() === 1 && typing() === 2)
  await progress.stop()
  clock.advance(4000)

  expect(typing()).toBe(2)
})

test('the message is deleted when it has stopped, and none appears afterwards', async () => {
  const { act, clock, progress } = await setup()
  progress.show({ stage: 'thinking' })
  await eventually(() => clock.sleeping() === 2)

  await progress.stop()
  progress.show({ stage: 'cart' })
  await progress.stop()

  expect(act.messages(7).map(({ text }) => text)).toEqual(['привет'])
})

test('a progress message the user deleted causes no failure', async () => {
  const { act, clock, progress } = await setup()
  progress.show({ stage: 'thinking' })
  await eventually(() => clock.sleeping() === 2)
  act.block(7, true)

  progress.show({ stage: 'cart' })
  clock.advance(1000)

  await expect(progress.stop()).resolves.toBeUndefined()
})
