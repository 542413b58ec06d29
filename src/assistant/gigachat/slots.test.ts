import { expect, test } from 'vitest'
import { RateLimitError } from '../../errors.ts'
import { createSlots } from './slots.ts'
import { gate } from './testing/client-setup.ts'

function setup({ size = 1, maxWaiting = 10 } = {}) {
  const loads: [number, number][] = []
  const slots = createSlots({ size, maxWaiting, onChange: (running, waiting) => void loads.push([running, waiting]) })
  const order: string[] = []
  /** Takes a slot until its gate opens. */
  const enter = (name: string, signal?: AbortSignal) => {
    const { passed, open } = gate()
    const done = slots.run(async () => {
      order.push(name)
      await passed
      return name
    }, signal)
    return { done, open }
  }
  return { slots, enter, order, loads }
}

test('no more than the size run at once, the others in the order in which they came', async () => {
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

test('one who comes as a slot is handed on does not overtake who waited', async () => {
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

test('a failing holder gives its slot back', async () => {
  const { slots, loads } = setup()

  const failed = slots.run(() => Promise.reject(new Error('bad luck')))
  await expect(failed).rejects.toThrow('bad luck')
  const next = await slots.run(async () => 'next')

  expect(next).toBe('next')
  expect(loads.at(-1)).toEqual([0, 0])
})

test('who gives up while waiting leaves the queue and takes no slot', async () => {
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

test('who has given up before asking is not served', async () => {
  const { enter, order } = setup()

  const refused = enter('a', AbortSignal.abort(new Error('left'))).done

  await expect(refused).rejects.toThrow('left')
  expect(order).toEqual([])
})

test('a full queue refuses the next at once', async () => {
  const { enter } = setup({ maxWaiting: 1 })
  const [a, b] = [enter('a'), enter('b')]

  const refused = enter('c').done

  await expect(refused).rejects.toBeInstanceOf(RateLimitError)
  a.open()
  b.open()
  await Promise.all([a.done, b.done])
})
