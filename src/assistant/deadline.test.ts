import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDeadline } from './deadline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setup(ms: number) {
  const onOver = vi.fn()
  return { onOver, deadline: createDeadline(ms, { onOver }) }
}

test('it is over after its time', () => {
  const { onOver, deadline } = setup(1_000)

  vi.advanceTimersByTime(999)
  const before = [onOver.mock.calls.length, deadline.leftMs()]
  vi.advanceTimersByTime(1)

  expect(before).toEqual([0, 1])
  expect(onOver).toHaveBeenCalledTimes(1)
})

test('it does not run while anything pauses it', () => {
  const { onOver, deadline } = setup(1_000)
  vi.advanceTimersByTime(400)

  deadline.pause()
  deadline.pause()
  vi.advanceTimersByTime(600_000)
  deadline.resume()
  vi.advanceTimersByTime(600_000)
  const paused = [onOver.mock.calls.length, deadline.leftMs()]
  deadline.resume()
  vi.advanceTimersByTime(599)
  const left = deadline.leftMs()
  vi.advanceTimersByTime(1)

  expect(paused).toEqual([0, 600])
  expect(left).toBe(1)
  expect(onOver).toHaveBeenCalledTimes(1)
})

test('once ended it is never over', () => {
  const { onOver, deadline } = setup(1_000)

  deadline.pause()
  deadline.end()
  deadline.resume()
  vi.advanceTimersByTime(10_000)

  expect(onOver).not.toHaveBeenCalled()
})

test('a system clock that is set changes nothing', () => {
  const { onOver, deadline } = setup(1_000)
  vi.advanceTimersByTime(400)

  vi.setSystemTime(Date.now() - 600_000)
  const left = deadline.leftMs()
  deadline.pause()
  vi.setSystemTime(Date.now() + 900_000)
  deadline.resume()
  vi.advanceTimersByTime(599)
  const before = onOver.mock.calls.length
  vi.advanceTimersByTime(1)

  expect([left, before]).toEqual([600, 0])
  expect(onOver).toHaveBeenCalledTimes(1)
})
