import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseBatch, renderBatch } from './log-batch.ts'
import type { PushResult } from './push.ts'
import { createSender } from './sender.ts'
import type { Spool, SpoolEntry } from './spool.ts'

const result = (given: Partial<PushResult>): PushResult => ({
  outcome: 'failed',
  reason: '',
  retryAfterMs: undefined,
  acceptableSinceMs: undefined,
  tooLarge: false,
  streamLimit: false,
  maybeTooMuch: false,
  ...given,
})
const ok = result({ outcome: 'ok' })

interface Given {
  lines?: number
  /** What Loki answers; after that it takes everything. */
  answers?: PushResult[]
  read?: () => Buffer
}

/** Sends a spool of one entry and tells what happened. */
async function deliver({ lines = 1, answers = [], read }: Given) {
  const batch = [
    { stream: {}, values: Array.from({ length: lines }, (_, i): [string, string] => [`${i}000000`, `${i}`]) },
  ]
  const body = gzipSync(renderBatch(batch))
  const entries: SpoolEntry[] = [{ name: 'one', bytes: 1, lines, oldestMs: 0 }]
  const spool: Spool = {
    add: () => undefined,
    oldest: () => entries[0],
    read: read ?? (() => body),
    remove: () => void entries.shift(),
    hold: () => undefined,
    waiting: () => ({ bytes: 0, lines: 0, oldestMs: null }),
  }
  const slept: number[] = []
  const pushed: string[] = []
  const lost: string[] = []
  const sender = createSender({
    spool,
    push: async pushedBody => {
      const [stream] = parseBatch(gunzipSync(pushedBody).toString())
      pushed.push((stream?.values ?? []).map(([, line]) => line).join(''))
      return answers.shift() ?? ok
    },
    setAside: () => undefined,
    onPushed: () => undefined,
    onSent: () => undefined,
    onLost: (reason, count) => lost.push(`${reason} ${count}`),
    backoff: { firstMs: 250, maxMs: 10_000 },
    random: () => 1,
    sleep: async ms => void slept.push(ms),
  })
  await sender.drain(10_000)
  return { slept, pushed, lost, left: entries.length }
}

const times = (count: number, given: PushResult) => Array.from({ length: count }, () => given)

test('each failure waits twice as long, up to the maximum', async () => {
  const { slept } = await deliver({ answers: times(9, result({ outcome: 'unreachable' })) })

  expect(slept).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000])
})

test('after a success the waits begin anew', async () => {
  const much = result({ outcome: 'limited', maybeTooMuch: true })

  const { slept } = await deliver({ lines: 2, answers: [much, much, much, ok, much] })

  expect(slept).toEqual([250, 500, 250])
})

test('a wait that Loki asks for is kept when it is longer than ours', async () => {
  const limited = (retryAfterMs: number) => result({ outcome: 'limited', maybeTooMuch: true, retryAfterMs })

  const { slept } = await deliver({ answers: [limited(7000), limited(0)] })

  expect(slept).toEqual([7000, 500])
})

test('a body that keeps being too much is halved after some tries, each half with tries of its own', async () => {
  const much = result({ outcome: 'limited', maybeTooMuch: true })

  const { pushed } = await deliver({ lines: 4, answers: times(5, much) })

  expect(pushed).toEqual(['0123', '0123', '0123', '01', '01', '01', '23'])
})

test('halves are sent in the order of their lines', async () => {
  const { pushed, lost, left } = await deliver({ lines: 4, answers: times(3, result({ tooLarge: true })) })

  expect(pushed).toEqual(['0123', '01', '0', '1', '23'])
  expect(lost).toEqual(['rejected 1'])
  expect(left).toBe(0)
})

test('an unavailable Loki never makes bodies smaller', async () => {
  const { pushed } = await deliver({ lines: 4, answers: times(20, result({ outcome: 'failed' })) })

  expect(new Set(pushed)).toEqual(new Set(['0123']))
})

test.each([
  ['gone is no loss: another process delivered it', 'ENOENT', []],
  ['unreadable is a loss', 'EIO', ['disk 3']],
])('a file that is %s', async (_what, code, expected) => {
  const read = () => {
    throw Object.assign(new Error('no'), { code })
  }

  const { lost, left } = await deliver({ lines: 3, read })

  expect(lost).toEqual(expected)
  expect(left).toBe(0)
})
