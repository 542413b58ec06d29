import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseBatch, renderBatch } from './log-batch.ts'
import type { LogSpool, SpoolEntry } from './log-spool.ts'
import { noAnswer, type PushResult } from './push-verdict.ts'
import { createSender } from './sender.ts'

const result = (given: Partial<PushResult>): PushResult => ({ ...noAnswer('unreachable'), ...given })
const ok = result({ outcome: 'ok' })

interface Given {
  lines?: number
  /** Answers of Loki; further pushes succeed. */
  answers?: PushResult[]
  /** Number of failed reads before reading succeeds. */
  unreadable?: number
}

/** Delivers a spool of one entry and returns what happened. */
async function deliver({ lines = 1, answers = [], unreadable = 0 }: Given) {
  const batch = [
    { stream: {}, values: Array.from({ length: lines }, (_, i): [string, string] => [`${i}000000`, `${i}`]) },
  ]
  const body = gzipSync(renderBatch(batch))
  const entries: SpoolEntry[] = [{ name: 'one', bytes: 1, lines, oldestMs: 0 }]
  const spool: LogSpool = {
    add: () => undefined,
    oldest: () => entries[0],
    after: () => undefined,
    read() {
      if (unreadable-- > 0) throw Object.assign(new Error('no'), { code: 'EMFILE' })
      return { body, batch, rawBytes: body.length }
    },
    remove: () => void entries.shift(),
    quarantine: entry => quarantined.push(entries.splice(entries.indexOf(entry), 1)[0]?.name ?? ''),
    hold: () => undefined,
    waiting: () => ({ bytes: 0, lines: 0, oldestMs: null }),
  }
  const slept: number[] = []
  const quarantined: string[] = []
  const pushed: string[] = []
  const lost: string[] = []
  const sender = createSender({
    spool,
    push: async pushedBody => {
      const [stream] = parseBatch(gunzipSync(pushedBody).toString())
      pushed.push((stream?.values ?? []).map(([, line]) => line).join(''))
      return answers.shift() ?? ok
    },
    deadLetter: () => undefined,
    batchBytes: 1_000_000,
    onPushed: () => undefined,
    onSent: () => undefined,
    onLost: (reason, count) => lost.push(`${reason} ${count}`),
    backoff: { firstMs: 250, maxMs: 10_000 },
    random: () => 1,
    sleep: async ms => void slept.push(ms),
  })
  await sender.drain(10_000)
  return { slept, pushed, lost, quarantined, left: entries.length }
}

const times = (count: number, given: PushResult) => Array.from({ length: count }, () => given)

test('each failure waits twice as long, up to the maximum', async () => {
  const { slept } = await deliver({ answers: times(9, result({ outcome: 'unreachable' })) })

  expect(slept).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000])
})

test('a success resets the backoff', async () => {
  const much = result({ outcome: 'limited', maybeTooMuch: true })

  const { slept } = await deliver({ lines: 2, answers: [much, much, much, ok, much] })

  expect(slept).toEqual([250, 500, 250])
})

test('Retry-After is respected if it is longer than the backoff', async () => {
  const limited = (retryAfterMs: number) => result({ outcome: 'limited', maybeTooMuch: true, retryAfterMs })

  const { slept } = await deliver({ answers: [limited(7000), limited(0)] })

  expect(slept).toEqual([7000, 500])
})

test('a body that stays too large is halved after some tries, each half with its own tries', async () => {
  const much = result({ outcome: 'limited', maybeTooMuch: true })

  const { pushed } = await deliver({ lines: 4, answers: times(5, much) })

  expect(pushed).toEqual(['0123', '0123', '0123', '01', '01', '01', '23'])
})

test('halves are sent in the order of their lines', async () => {
  const { pushed, lost, left } = await deliver({ lines: 4, answers: times(3, result({ tooLarge: true })) })

  expect(pushed).toEqual(['0123', '01', '0', '0', '1', '23'])
  expect(lost).toEqual([])
  expect(left).toBe(0)
})

test('bodies are not divided while Loki is unavailable', async () => {
  const { pushed } = await deliver({ lines: 4, answers: times(20, result({ outcome: 'failed' })) })

  expect(new Set(pushed)).toEqual(new Set(['0123']))
})

test('a file that can be read at the third attempt is delivered', async () => {
  const { pushed, lost, left } = await deliver({ lines: 3, unreadable: 2 })

  expect(pushed).toEqual(['012'])
  expect(lost).toEqual([])
  expect(left).toBe(0)
})

test('a file that cannot be read is quarantined and its lines are counted', async () => {
  const { pushed, lost, quarantined, left } = await deliver({ lines: 3, unreadable: 99 })

  expect(pushed).toEqual([])
  expect(lost).toEqual(['damaged 3'])
  expect(quarantined).toEqual(['one'])
  expect(left).toBe(0)
})
