import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { countLines, parseBatch, renderBatch } from './log-batch.ts'
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

/** A spool of one entry with `lines` lines, and a Loki that gives these answers, then takes everything. */
async function deliver(lines: number, answers: PushResult[]) {
  const batch = [
    { stream: {}, values: Array.from({ length: lines }, (_, i): [string, string] => [`${i}000000`, `${i}`]) },
  ]
  const entry = { name: 'one', bytes: 1, lines, oldestMs: 0, body: gzipSync(renderBatch(batch)) }
  const entries: SpoolEntry[] = [entry]
  const spool: Spool = {
    add: () => undefined,
    oldest: () => entries[0],
    read: () => entry.body,
    remove: () => void entries.shift(),
    hold: () => undefined,
    waiting: () => ({ bytes: 0, lines: 0, oldestMs: null }),
  }
  const slept: number[] = []
  const pushed: number[] = []
  const sender = createSender({
    spool,
    push: async body => {
      pushed.push(countLines(parseBatch(gunzipSync(body).toString())))
      return answers.shift() ?? ok
    },
    setAside: () => undefined,
    onPushed: () => undefined,
    onSent: () => undefined,
    onLost: () => undefined,
    backoff: { firstMs: 250, maxMs: 10_000 },
    random: () => 1,
    sleep: async ms => void slept.push(ms),
  })
  await sender.drain(10_000)
  return { slept, pushed }
}

test('each failure waits twice as long, up to the maximum', async () => {
  const { slept } = await deliver(
    1,
    Array.from({ length: 9 }, () => result({ outcome: 'unreachable' })),
  )

  expect(slept).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000])
})

test('a wait that Loki asks for is kept when it is longer than ours', async () => {
  const limited = (retryAfterMs: number) => result({ outcome: 'limited', maybeTooMuch: true, retryAfterMs })

  const { slept } = await deliver(1, [limited(7000), limited(0)])

  expect(slept).toEqual([7000, 500])
})

test('a body that keeps being too much is halved after some tries, each half with tries of its own', async () => {
  const much = result({ outcome: 'limited', maybeTooMuch: true })

  const { pushed } = await deliver(4, [much, much, much, much, much, ok])

  expect(pushed).toEqual([4, 4, 4, 2, 2, 2, 2])
})

test('an unavailable Loki never makes bodies smaller', async () => {
  const { pushed } = await deliver(
    4,
    Array.from({ length: 20 }, () => result({ outcome: 'failed' })),
  )

  expect(new Set(pushed)).toEqual(new Set([4]))
})
