import { expect, test } from 'vitest'
import { createInboxLane } from './inbox-lane.ts'

/** A lane whose statements end when the test says so; `sent` is what each had. */
function setup() {
  const sent: { done: readonly number[]; puts: readonly string[]; end(): void; fail(): void }[] = []
  const lane = createInboxLane<string, number, string>({
    exchange: (done, puts) =>
      new Promise((resolve, reject) =>
        sent.push({
          ...{ done, puts },
          end: () => resolve(puts.map(put => `stored ${put}`)),
          fail: () => reject(new Error('down')),
        }),
      ),
  })
  const whatWent = () => sent.map(({ done, puts }) => ({ done, puts }))
  return { lane, sent, whatWent }
}

test('what comes while a statement is in flight goes together with the next one, deletions too', async () => {
  const { lane, sent, whatWent } = setup()
  const first = lane.put('a')
  await expect.poll(() => sent.length).toBe(1)
  const rest = [lane.put('b'), lane.put('c'), lane.done([4]), lane.done([5, 6])]

  sent[0]?.end()
  expect(await first).toBe('stored a')
  await expect.poll(() => sent.length).toBe(2)
  sent[1]?.end()

  expect(await Promise.all(rest)).toEqual(['stored b', 'stored c', undefined, undefined])
  expect(whatWent()).toEqual([
    { done: [], puts: ['a'] },
    { done: [4, 5, 6], puts: ['b', 'c'] },
  ])
})

test('what comes in one turn goes in one statement', async () => {
  const { lane, sent, whatWent } = setup()

  const puts = ['a', 'b', 'c'].map(lane.put)
  await expect.poll(() => sent.length).toBe(1)
  sent[0]?.end()
  await Promise.all(puts)

  expect(whatWent()).toEqual([{ done: [], puts: ['a', 'b', 'c'] }])
})

test('a deletion that nothing follows goes alone', async () => {
  const { lane, sent, whatWent } = setup()

  const done = lane.done([1, 2])
  await expect.poll(() => sent.length).toBe(1)
  sent[0]?.end()
  await done

  expect(whatWent()).toEqual([{ done: [1, 2], puts: [] }])
})

test('a statement that fails fails all that went with it, and the next one goes', async () => {
  const { lane, sent } = setup()
  const first = lane.put('a')
  await expect.poll(() => sent.length).toBe(1)
  const rest = [lane.put('b'), lane.done([1])]

  sent[0]?.fail()
  await expect(first).rejects.toThrow('down')
  await expect.poll(() => sent.length).toBe(2)
  sent[1]?.end()

  expect(await Promise.all(rest)).toEqual(['stored b', undefined])
})

test('of several updates whose statement failed because of one each goes again alone, and the others are stored', async () => {
  const sent: (readonly string[])[] = []
  const lane = createInboxLane<string, number, string>({
    mayConcernOne: () => true,
    exchange: async (_done, puts) => {
      sent.push(puts)
      if (puts.includes('bad')) throw new Error('refused')
      return puts.map(put => `stored ${put}`)
    },
  })

  expect(await lane.put('a')).toBe('stored a')
  const rest = await Promise.allSettled(['b', 'bad', 'c'].map(lane.put))

  expect(rest.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(sent).toEqual([['a'], ['b', 'bad', 'c'], ['b'], ['bad'], ['c']])
})

test('a flush waits for everything, without waiting for more', async () => {
  const { lane, sent, whatWent } = setup()
  const put = lane.put('a')
  await expect.poll(() => sent.length).toBe(1)
  const done = lane.done([9])
  let flushed = false

  const flush = lane.flush().then(() => (flushed = true))
  sent[0]?.end()
  await put
  expect(flushed).toBe(false)
  await expect.poll(() => sent.length).toBe(2)
  sent[1]?.end()
  await Promise.all([flush, done])

  expect(whatWent()[1]).toEqual({ done: [9], puts: [] })
})
