import { expect, onTestFinished, test } from 'vitest'
import { startFakeLoki } from './fake-loki.ts'

test('a wait ends when its condition comes true, without a push', async () => {
  const loki = await startFakeLoki()
  onTestFinished(() => loki.kill())
  let looks = 0

  await loki.until(() => ++looks > 2)

  expect(loki.answers).toEqual([])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
])('a wait whose condition %s fails', async (_how, holds) => {
  const loki = await startFakeLoki()
  onTestFinished(() => loki.kill())

  await expect(loki.until(holds)).rejects.toThrow('broken')
})
