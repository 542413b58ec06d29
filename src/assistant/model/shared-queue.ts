import { randomUUID } from 'node:crypto'
import type { RedisScript, RedisScripts } from '../../process/redis-scripts.ts'
import { type Sleep, sleep as sleepByClock } from '../../process/sleep.ts'
import { createLine, type StreamQueue, type Waiter } from './stream-queue.ts'

export interface SharedQueueDeps {
  redis: Pick<RedisScripts, 'run' | 'isDown'>
  /** Streams of all processes together. */
  size: number
  onChange: (held: number, waiting: number) => void
  sleep?: Sleep
  /** The streams of a process that does not renew its lease for so long are free again. */
  leaseMs?: number
  /** A monotonic clock. */
  nowMs?: () => number
  /** Names this process; of no other. */
  process?: string
}

/** How often a process with calls that wait asks whose turn it is. */
const askMs = 250
/** How often any process renews its lease at least; so it also knows how long the queue is. */
const lookMs = 2_000

/**
 * Reports all calls of one process (ARGV: process, lease in ms, streams that may be in use, number of calls that have a stream, their
 * tokens, then token and time of each that waits) and gives free streams to the oldest
 * messages of all processes. The whole state instead of changes, so that a lost
 * answer mends itself with the next. What a process does not report any more is dropped, and all of one whose lease is over.
 * The last key says from when on streams are given out. Where it is missing Redis knows nothing, or nothing any more: one lease later all
 * processes have reported what they have, and the first stream is given out.
 * Answers: tokens of the process that have a stream, tokens of it that wait with the number before each, how many wait, how
 * many streams are free.
 */
export const streamsScript: RedisScript = {
  keys: ['vv:streams:held', 'vv:streams:waiting', 'vv:streams:processes', 'vv:streams:from'],
  lua: `
local held, waiting, processes, from = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local process, lease, size, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('zremrangebyscore', processes, '-inf', now)
local begins = tonumber(redis.call('zscore', from, 'from') or '')
-- later than one lease: the clock was set back
if not begins or begins > now + lease then
  begins = now + lease
  redis.call('zadd', from, begins, 'from')
end
if now < begins then size = 0 end
redis.call('zadd', processes, now + lease, process)
local mine = {}
for i = 5, 4 + count do
  mine[ARGV[i]] = true
  redis.call('zrem', waiting, ARGV[i])
  redis.call('zadd', held, now, ARGV[i])
end
for i = 5 + count, #ARGV, 2 do
  mine[ARGV[i]] = true
  if not redis.call('zscore', held, ARGV[i]) then redis.call('zadd', waiting, ARGV[i + 1], ARGV[i]) end
end
local alive = {}
for _, owner in ipairs(redis.call('zrange', processes, 0, -1)) do alive[owner] = true end
for _, key in ipairs({ held, waiting }) do
  for _, token in ipairs(redis.call('zrange', key, 0, -1)) do
    local owner = string.match(token, '^[^:]+')
    if not alive[owner] or (owner == process and not mine[token]) then redis.call('zrem', key, token) end
  end
end
local free = size - redis.call('zcard', held)
if free > 0 then
  for _, token in ipairs(redis.call('zrange', waiting, 0, free - 1)) do
    redis.call('zrem', waiting, token)
    redis.call('zadd', held, now, token)
    free = free - 1
  end
end
for _, key in ipairs({ held, waiting, processes }) do redis.call('pexpire', key, 600000) end
local granted, places = {}, {}
for _, token in ipairs(redis.call('zrange', held, 0, -1)) do
  if mine[token] then granted[#granted + 1] = token end
end
local line = redis.call('zrange', waiting, 0, -1)
for i, token in ipairs(line) do
  if mine[token] then
    places[#places + 1] = token
    places[#places + 1] = i - 1
  end
end
return { granted, places, #line, math.max(0, free) }`,
}

/** Answer of the script. */
type Answer = [granted: string[], places: (string | number)[], waiting: number, free: number]

/**
 * The queue of all processes on one Redis: the oldest message gets the next stream, whichever process has it. While Redis is
 * unavailable each process gives out as many streams alone. After that it waits one lease for the others to report what they have, before
 * it gives out any.
 */
export function createSharedQueue(deps: SharedQueueDeps): StreamQueue {
  const { redis, size, onChange, sleep = sleepByClock, leaseMs = 10_000 } = deps
  const { nowMs = () => performance.now(), process = randomUUID().slice(-12) } = deps
  const line = createLine()
  const tokens = new Map<Waiter, string>()
  const held = new Set<Waiter>()
  const notified = new WeakSet<Waiter>()
  let places = new Map<string, number>()
  let all = { waiting: 0, free: size }
  let tokenCount = 0
  let isAlone = false
  let settledAt = Number.NEGATIVE_INFINITY
  let isOpen = true
  let isChanged = false
  let wake = new AbortController()

  const tokenOf = (waiter: Waiter): string => {
    const token = tokens.get(waiter) ?? `${process}:${String(tokenCount++).padStart(9, '0')}`
    tokens.set(waiter, token)
    return token
  }
  const report = async (): Promise<Answer> => {
    const waiting = line.all().flatMap(waiter => [tokenOf(waiter), String(waiter.turn.since)])
    const given = isAlone || nowMs() < settledAt ? 0 : size
    const numbers = [leaseMs, given, held.size].map(String)
    return (await redis.run(streamsScript, [process, ...numbers, ...[...held].map(tokenOf), ...waiting])) as Answer
  }
  const grant = (waiter: Waiter) => {
    if (!line.remove(waiter)) return
    held.add(waiter)
    waiter.proceed()
  }
  const takePart = async () => {
    const asked = [...line.all()]
    const [granted, given, waiting, free] = await report()
    if (isAlone) settledAt = nowMs() + leaseMs
    isAlone = false
    places = new Map()
    for (let i = 0; i < given.length; i += 2) places.set(String(given[i]), Number(given[i + 1]))
    all = { waiting, free }
    const isGranted = new Set(granted)
    for (const waiter of asked) if (isGranted.has(tokens.get(waiter) ?? '')) grant(waiter)
    return asked
  }
  const giveAlone = () => {
    isAlone ||= redis.isDown()
    places = new Map()
    if (isAlone) for (const waiter of line.all().slice(0, Math.max(0, size - held.size))) grant(waiter)
    all = { waiting: line.size(), free: isAlone ? Math.max(0, size - held.size) : 0 }
    return line.all()
  }
  const settle = async () => {
    const answered = await takePart().catch(giveAlone)
    for (const waiter of answered) {
      if (held.has(waiter) || notified.has(waiter) || !tokens.has(waiter)) continue
      notified.add(waiter)
      waiter.wait()
    }
    onChange(held.size, line.size())
  }
  const run = async () => {
    while (isOpen) {
      isChanged = false
      wake = new AbortController()
      await settle()
      if (!isChanged && isOpen) await sleep(line.size() > 0 ? askMs : Math.min(lookMs, leaseMs / 3), wake.signal)
    }
  }
  const changed = () => {
    isChanged = true
    wake.abort()
  }
  const running = run()

  return {
    enter: waiter => {
      tokenOf(waiter)
      line.add(waiter)
      changed()
    },
    quit: waiter => {
      line.remove(waiter)
      tokens.delete(waiter)
      changed()
    },
    leave: waiter => {
      held.delete(waiter)
      tokens.delete(waiter)
      changed()
    },
    ahead: waiter => places.get(tokens.get(waiter) ?? '') ?? line.ahead(waiter),
    load: () => ({
      held: held.size,
      waiting: line.size(),
      aheadOfNew: all.free > 0 && all.waiting === 0 ? null : Math.max(all.waiting, line.size()),
    }),
    close: async () => {
      isOpen = false
      wake.abort()
      await running
      // a process that ends in order leaves its streams to the others immediately
      await redis.run(streamsScript, [process, String(leaseMs), '0', '0']).catch(() => undefined)
    },
  }
}
