import { streamsScript } from '../../../src/assistant/model/shared-queue.ts'
import { TimeoutError } from '../../../src/errors.ts'
import type { RedisScript, RedisScripts } from '../../../src/process/redis-scripts.ts'
import { pauseScript, turnScript } from '../../../src/shop/shared-pace.ts'
import type { Link, SimulatedProcess } from '../machine.ts'

/** A model of Redis: what the scripts do, for streams and for the pace of the shop. */
export interface RedisModel {
  run(script: RedisScript, args: readonly string[]): unknown
  /** It comes back without its data. */
  empty(): void
  /** Ends the lease of a process. */
  expire(process: string): void
}

/** `now` is the server's clock, in ms. */
export function createRedisModel(now: () => number): RedisModel {
  const held = new Map<string, number>()
  const waiting = new Map<string, number>()
  const processes = new Map<string, number>()
  /** From when on streams are given out; null when it is not stored. */
  let from: number | null = null
  let nextTurn: number | null = null
  let turns: number[] = []
  let pausedUntil = 0

  /** As zrange: by score, equal ones by name. */
  const inOrder = (set: ReadonlyMap<string, number>) =>
    [...set].sort(([a, i], [b, j]) => i - j || (a < b ? -1 : 1)).map(([name]) => name)
  const ownerOf = (token: string) => token.slice(0, token.indexOf(':'))

  const streams = ([process = '', lease, streams, count, ...calls]: readonly string[]) => {
    const time = Math.floor(now())
    for (const [name, until] of processes) if (until <= time) processes.delete(name)
    if (from === null || from > time + Number(lease)) from = time + Number(lease)
    processes.set(process, time + Number(lease))
    const mine = new Set<string>()
    for (const token of calls.slice(0, Number(count))) {
      mine.add(token)
      waiting.delete(token)
      held.set(token, time)
    }
    for (let i = Number(count); i < calls.length; i += 2) {
      const token = calls[i] ?? ''
      mine.add(token)
      if (!held.has(token)) waiting.set(token, Number(calls[i + 1]))
    }
    for (const set of [held, waiting]) {
      for (const token of set.keys()) {
        const owner = ownerOf(token)
        if (!processes.has(owner) || (owner === process && !mine.has(token))) set.delete(token)
      }
    }
    let free = (time < from ? 0 : Number(streams)) - held.size
    for (const token of inOrder(waiting).slice(0, Math.max(0, free))) {
      waiting.delete(token)
      held.set(token, time)
      free -= 1
    }
    const line = inOrder(waiting)
    const places = line.flatMap((token, i) => (mine.has(token) ? [token, i] : []))
    const granted = inOrder(held).filter(token => mine.has(token))
    return [granted, places, line.length, Math.max(0, free)]
  }
  const turn = ([...numbers]: readonly string[]) => {
    const [interval = 0, burst = 0, longest = 0, calls = 0, window = 0, settle = 0] = numbers.map(Number)
    const time = now()
    const pause = Math.max(0, pausedUntil - time)
    if (pause > longest) return [-1, pause]
    if (nextTurn === null || nextTurn - time > Math.max(longest, settle) + interval) {
      nextTurn = time + settle
      turns = turns.filter(at => at <= time)
    }
    const left = (turns.filter(at => at >= time - window).at(-calls) ?? Number.NEGATIVE_INFINITY) + window
    const at = Math.max(nextTurn, time - (burst - 1) * interval, pause > 0 ? time + pause : 0, left)
    const wait = Math.max(0, at - time)
    if (wait > longest) return [-2, Math.ceil(wait)]
    nextTurn = at + interval
    turns.push(time + wait)
    return [Math.ceil(wait), 0]
  }
  const pause = ([ms]: readonly string[]) => {
    pausedUntil = Math.max(pausedUntil, now() + Number(ms))
    return null
  }
  const scripts = new Map<RedisScript, (args: readonly string[]) => unknown>([
    [streamsScript, streams],
    [turnScript, turn],
    [pauseScript, pause],
  ])

  return {
    run: (script, args) => {
      const run = scripts.get(script)
      if (run === undefined) throw new TypeError('the model of Redis does not know the script')
      return run(args)
    },
    empty: () => {
      for (const set of [held, waiting, processes]) set.clear()
      from = null
      nextTurn = null
      turns = []
      pausedUntil = 0
    },
    expire: process => void processes.set(process, now() - 1),
  }
}

/** As createRedisScripts(). */
const timeoutMs = 500
const pauseMs = 1_000
const downAfterMs = 3_000

/** Redis as a process reaches it: the scripts of the model behind a network that fails. Rejects as createRedisScripts() does. */
export function connectRedis(
  machine: SimulatedProcess,
  link: Pick<Link, 'latencyMs' | 'fate'>,
  redis: RedisModel,
  now: () => number,
): Pick<RedisScripts, 'run' | 'isDown'> {
  const line: Link = { ...link, name: 'redis', timeoutMs, timedOut: () => new TimeoutError('redis', timeoutMs) }
  let failure: { err: unknown; since: number } | undefined
  let pausedUntil = 0
  return {
    run: async (script, args) => {
      if (failure !== undefined && now() < pausedUntil) throw failure.err
      try {
        const answer = await machine.call(script === streamsScript ? 'streams' : 'pace', line, () =>
          redis.run(script, args),
        )
        failure = undefined
        return answer
      } catch (err) {
        failure = { err, since: failure?.since ?? now() }
        pausedUntil = now() + pauseMs
        throw err
      }
    },
    isDown: () => failure !== undefined && now() - failure.since >= downAfterMs,
  }
}
