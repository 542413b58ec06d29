import { expect, test } from 'vitest'
import { RateLimitError } from '../../errors.ts'
import { gate } from '../gigachat/testing/client-setup.ts'
import { createSemaphore } from './semaphore.ts'

function setup({ size = 1, maxWaiting = 10 } = {}) {
  const loads: [number, number][] = []
  const semaphore = createSemaphore({
    upstream: 'gigachat',
    size,
    maxWaiting,
    onChange: (running, waiting) => void loads.push([running, waiting]),
  })
  const order: string[] = []
  /** Holds a permit until its gate opens. */
  const enter = (name: string, signal?: AbortSignal) => {
    const { passed, open } = gate()
    const done = semaphore.run(async () => {
      order.push(name)
      await passed
      return name
    }, signal)
    return { done, open }
  }
  return { semaphore, enter, order, loads }
}

test('no more than the size run concurrently, the others in the order in which they came', async () => {
  const { enter, order } = setup({ size: 2 })
  const [a, b, c, d] = [enter('a'), enter('b'), enter('c'), enter('d')]

  b.open()
  await b.done
  const afterOneLeft = [...order]
  for (const call of [a, c, d]) call.open()
  await Promise.all([a.done, c.done, d.done])

  expect(afterOneLeft).toEqual(['a', 'b', 'c'])
  expect(order).toEqual(['a', 'b', 'c', 'd'])
})

test('a call made while a permit is handed on does not overtake one that waited', async () => {
  const { enter, order } = setup()
  const [a, b] = [enter('a'), enter('b')]
  const c = a.done.then(() => enter('c'))

  a.open()
  b.open()
  const last = await c
  last.open()
  await last.done

  expect(order).toEqual(['a', 'b', 'c'])
})

test('a failing holder returns its permit', async () => {
  const { semaphore, loads } = setup()

  const failed = semaphore.run(() => Promise.reject(new Error('bad luck')))
  await expect(failed).rejects.toThrow('bad luck')
  const next = await semaphore.run(async () => 'next')

  expect(next).toBe('next')
  expect(loads.at(-1)).toEqual([0, 0])
})

test('a caller that gives up while waiting leaves the queue and takes no permit', async () => {
  const { enter, order, loads } = setup()
  const leaving = new AbortController()
  const a = enter('a')
  const b = enter('b', leaving.signal)
  const c = enter('c')

  leaving.abort(new Error('left'))
  await expect(b.done).rejects.toThrow('left')
  a.open()
  c.open()
  await Promise.all([a.done, c.done])

  expect(order).toEqual(['a', 'c'])
  expect(loads.at(-1)).toEqual([0, 0])
})

test('a caller that has given up before asking is not served', async () => {
  const { enter, order } = setup()

  const refused = enter('a', AbortSignal.abort(new Error('left'))).done

  await expect(refused).rejects.toThrow('left')
  expect(order).toEqual([])
})

test('a full queue rejects the next immediately', async () => {
  const { enter } = setup({ maxWaiting: 1 })
  const [a, b] = [enter('a'), enter('b')]

  const refused = enter('c').done

  await expect(refused).rejects.toBeInstanceOf(RateLimitError)
  a.open()
  b.open()
  await Promise.all([a.done, b.done])
})
