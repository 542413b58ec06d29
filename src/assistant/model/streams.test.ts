import { expect, test } from 'vitest'
import { RateLimitError } from '../../errors.ts'
import { gate } from '../gigachat/testing/client-setup.ts'
import { createOwnQueue, type QueuePlace, type StreamTurn } from './stream-queue.ts'
import { createStreams } from './streams.ts'

function setup({ size = 1, maxWaiting = 10 } = {}) {
  const loads: [number, number][] = []
  const queue = createOwnQueue(size, (held, waiting) => void loads.push([held, waiting]))
  const streams = createStreams({ upstream: 'gigachat', size, maxWaiting, queue })
  const order: string[] = []
  /** Uses a stream until its gate opens. */
  const enter = (name: string, { signal, turn = { since: 0 } }: { signal?: AbortSignal; turn?: StreamTurn } = {}) => {
    const { passed, open } = gate()
    const work = async () => {
      order.push(name)
      await passed
      return name
    }
    return { done: streams.run(work, turn, signal), open }
  }
  return { streams, enter, order, loads }
}

/** A message that notes what the queue reports to it. */
function message(since: number) {
  const places: (() => QueuePlace)[] = []
  const turns: string[] = []
  const turn: StreamTurn = { since, onWaiting: place => void places.push(place), onTurn: () => void turns.push('turn') }
  return { turn, places, turns }
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

test('a call made while a stream is handed on does not overtake one that waited', async () => {
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

test('a failing holder returns its stream', async () => {
  const { streams, loads } = setup()

  const failed = streams.run(() => Promise.reject(new Error('bad luck')), { since: 0 })
  await expect(failed).rejects.toThrow('bad luck')
  const next = await streams.run(async () => 'next', { since: 0 })

  expect(next).toBe('next')
  expect(loads.at(-1)).toEqual([0, 0])
})

test('a caller that gives up while waiting leaves the queue and takes no stream', async () => {
  const { enter, order, loads } = setup()
  const leaving = new AbortController()
  const a = enter('a')
  const b = enter('b', { signal: leaving.signal })
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

  const refused = enter('a', { signal: AbortSignal.abort(new Error('left')) }).done

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

test('calls of older messages go first, whenever they come', async () => {
  const { enter, order } = setup()
  const begun: StreamTurn = { since: 1 }
  const first = enter('first of the oldest', { turn: begun })
  const newer = enter('newer', { turn: { since: 3 } })
  const older = enter('older', { turn: { since: 2 } })
  const further = enter('further one of the oldest', { turn: begun })

  for (const call of [first, newer, older, further]) call.open()
  await Promise.all([first, newer, older, further].map(({ done }) => done))

  expect(order).toEqual(['first of the oldest', 'further one of the oldest', 'older', 'newer'])
})

test('a message that waits can ask where it stands, until its turn', async () => {
  const { enter } = setup()
  const [first, second, third] = [message(1), message(2), message(3)]
  const a = enter('a', first)
  const c = enter('c', third)
  const before = third.places[0]?.()
  const b = enter('b', second)

  const overtaken = third.places[0]?.()
  a.open()
  b.open()
  await b.done
  c.open()
  await c.done

  expect(first.places).toEqual([])
  expect([before?.ahead, overtaken?.ahead]).toEqual([0, 1])
  expect(overtaken?.waitMs).toBeGreaterThan(before?.waitMs ?? Number.POSITIVE_INFINITY)
  expect([first.turns, second.turns, third.turns]).toEqual([[], ['turn'], ['turn']])
})

test('a message that gives up waiting does not wait any more', async () => {
  const { enter } = setup()
  const leaving = new AbortController()
  const { turn, places, turns } = message(2)
  const a = enter('a')
  const b = enter('b', { turn, signal: leaving.signal })

  leaving.abort(new Error('left'))
  await expect(b.done).rejects.toThrow('left')
  a.open()
  await a.done

  expect([places.length, turns]).toEqual([1, ['turn']])
})

test('what a new message would meet: a free stream, or all that wait', async () => {
  const { streams, enter } = setup({ size: 2 })
  const a = enter('a')
  const free = streams.state()
  const [b, c] = [enter('b'), enter('c')]

  const full = streams.state()
  for (const call of [a, b, c]) call.open()
  await Promise.all([a.done, b.done, c.done])

  expect(free).toMatchObject({ size: 2, held: 1, waiting: 0, ofNew: null })
  expect(full).toMatchObject({ size: 2, held: 2, waiting: 1, ofNew: { ahead: 1 } })
})
