import type { Update } from 'grammy/types'
import { expect, test } from 'vitest'
import type { InboxWait } from '../updates/inbox-store.ts'
import { createInboxQueue } from './inbox-queue.ts'

/** A user of PostgreSQL's answer. */
const wait = (userId: number, ahead: number, over: Partial<InboxWait> = {}): InboxWait => ({
  ...{ userId, updateId: userId * 10, ahead, isShownHere: true, body: Buffer.from('sealed'), shownMessage: null },
  ...over,
})
const message = (updateId: number, userId: number) =>
  ({ update_id: updateId, message: { from: { id: userId } } }) as Update
const press = (updateId: number, userId: number) =>
  ({ update_id: updateId, callback_query: { id: 'q', data: 'x', from: { id: userId } } }) as Update

/** A queue whose looks answer what the test says, each after one sleep. */
function setup() {
  const [sleeps, shown, log]: [(() => void)[], number[][], string[]] = [[], [], []]
  let answer: () => Promise<InboxWait[]> = async () => []
  const places = new Map<number, () => number>()
  const queue = createInboxQueue({
    store: {
      showWaiting: already => {
        shown.push([...already])
        return answer()
      },
    },
    show: ({ userId, shownMessage, body }, ahead) => {
      if (body?.length === 0) throw new Error('sealed with another key')
      log.push(`show ${userId}${shownMessage === null ? '' : ` in ${shownMessage}`}`)
      places.set(userId, ahead)
      const messageId = 100 + userId
      return {
        stop: async () => {
          log.push(`end ${userId}`)
          return { messageId, isLate: true }
        },
        isHandedOver: async () => userId === 9,
        remove: async id => void log.push(`remove ${id}`),
      }
    },
    answerPress: ({ update_id }) => void log.push(`press ${update_id}`),
    sleep: () => new Promise(resolve => sleeps.push(resolve)),
  })
  const settle = () => new Promise(resolve => setImmediate(resolve))
  /** Ends the pause before the next look, which finds these. */
  const look = async (...found: InboxWait[]) => {
    answer = async () => found
    sleeps.shift()?.()
    await settle()
  }
  return {
    ...{ queue, log, shown, places, look, settle },
    answers: (next: typeof answer) => {
      answer = next
      sleeps.shift()?.()
    },
    looks: () => sleeps.length,
  }
}

test('who waits is shown the place, kept true, until another process takes them', async () => {
  const { queue, log, places, shown, look } = setup()
  queue.add(message(80, 8))

  await look(wait(8, 2), wait(9, 3))
  await look(wait(8, 1, { body: null }), wait(9, 2, { body: null }))
  const now = [places.get(8)?.(), places.get(9)?.()]
  await look(wait(9, 0, { body: null }))
  await look()

  expect(now).toEqual([1, 2])
  expect(shown).toEqual([[], [8, 9], [8, 9], [9]])
  // the message of 9 goes on as that of the process that has them
  expect(log).toEqual(['show 8', 'show 9', 'end 8', 'remove 108', 'end 9'])
})

test('who waited at a process that has ended is shown the place too, in the message that showed it', async () => {
  const { queue, log, look } = setup()

  queue.look()
  await look(wait(8, 0, { shownMessage: 41 }), wait(9, 1, { isShownHere: false, body: null }))

  expect(log).toEqual(['show 8 in 41'])
})

test('an update sealed with another key is not shown, and hides no other user', async () => {
  const { queue, log, look } = setup()
  queue.add(message(80, 8))

  await look(wait(8, 0, { body: Buffer.alloc(0) }), wait(9, 1))
  await look(wait(8, 0, { body: null }), wait(9, 1, { body: null }))

  expect(log).toEqual(['show 9'])
})

test('a pressed button of a user who waits is answered; of one who does not, it is left to what it asks for', async () => {
  const { queue, log, look } = setup()
  queue.add(press(81, 8))
  queue.add(press(91, 9))
  queue.add(message(82, 8))

  await look(wait(8, 0, { body: null, isShownHere: false }))

  expect(log).toEqual(['press 81'])
})

test('what came during a look, or before one that failed, is looked at next', async () => {
  const { queue, log, look, settle, answers } = setup()
  queue.add(press(81, 8))
  answers(async () => {
    queue.add(press(91, 9))
    throw new Error('PostgreSQL is down')
  })
  await settle()
  const waited = [queue.waits(8), queue.waits(9), queue.waits(7)]

  await look(wait(8, 0), wait(9, 1))

  expect(waited).toEqual([true, true, false])
  expect(log).toEqual(['press 81', 'press 91', 'show 8', 'show 9'])
})

test('who is taken here waits no longer, also when a look has found them at that moment', async () => {
  const { queue, log, settle, answers } = setup()
  queue.add(message(80, 8))
  answers(async () => {
    queue.take(8)
    return [wait(8, 0)]
  })
  await settle()

  expect(log).toEqual([])
  expect(queue.waits(8)).toBe(false)
})

test('who is taken here sees it go on in the same message', async () => {
  const { queue, log, look } = setup()
  queue.add(message(80, 8))
  await look(wait(8, 0))

  const { updateId, messageId } = (await queue.take(8)) ?? {}

  expect({ updateId, messageId }).toEqual({ updateId: 80, messageId: 108 })
  expect(queue.waits(8)).toBe(false)
  expect(log).toEqual(['show 8', 'end 8'])
})

test('it looks on while users wait, and no longer', async () => {
  const { queue, look, looks } = setup()
  queue.add(message(80, 8))
  await look(wait(8, 0))
  await look()
  await look()
  const afterTheLast = looks()

  queue.add(message(81, 8))

  expect(afterTheLast).toBe(0)
  expect(looks()).toBe(1)
})

test('stopped, it begins with none; what it showed stays for the next process', async () => {
  const { queue, log, look, looks } = setup()
  queue.add(message(80, 8))
  await look(wait(8, 0))

  queue.stop()
  await look(wait(7, 0))
  queue.look()

  expect(log).toEqual(['show 8', 'end 8'])
  expect(looks()).toBe(0)
})
