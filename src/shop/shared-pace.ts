import { RateLimitError } from '../errors.ts'
import type { RedisScript, RedisScripts } from '../process/redis-scripts.ts'
import { type RateLimiterOptions, settleMs, type TakeTurn } from './rate-limiter.ts'
import { pausedByShop } from './shop-breaker.ts'

export interface SharedPaceDeps extends Omit<RateLimiterOptions, 'elapsedMs' | 'knowsEarlier'> {
  redis: Pick<RedisScripts, 'run' | 'isDown'>
  /** The pace of this process alone; it counts every call, so that it is right when Redis is down. */
  own: TakeTurn
}

/** The pace of all processes together. */
export interface SharedPace {
  takeTurn: TakeTurn
  /** No process calls the shop for so long. Never rejects. */
  pause(ms: number): Promise<void>
}

/** Pause before a script is run again that failed. */
const retryMs = 250
const keys = ['vv:shop:next-turn', 'vv:shop:pause', 'vv:shop:turns']

/**
 * Reserves the next turn by the generic cell rate algorithm, and by the turns of the last window, in Redis's time; ARGV:
 * interval in ms, burst, longest wait in ms, calls of a window, its ms, and how long none is made when those before are not known.
 * Answers the wait in ms; -1 and how long the pause lasts, or -2 and the wait, when it would be longer.
 */
export const turnScript: RedisScript = {
  keys,
  lua: `
local interval, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local calls, window, settle = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('time')
local now = time[1] * 1000 + time[2] / 1000
local pause = math.max(0, redis.call('pttl', KEYS[2]))
if pause > longest then return { -1, pause } end
local turn = tonumber(redis.call('get', KEYS[1]) or '')
-- missing: Redis has lost its data; later than any call may wait: the clock was set back
if not turn or turn - now > math.max(longest, settle) + interval then
  turn = now + settle
  redis.call('set', KEYS[1], string.format('%.3f', turn))
  redis.call('zremrangebyscore', KEYS[3], '(' .. now, '+inf')
end
redis.call('zremrangebyscore', KEYS[3], '-inf', '(' .. (now - window))
local first = redis.call('zrange', KEYS[3], -calls, -calls, 'WITHSCORES')[2]
turn = math.max(turn, now - (burst - 1) * interval, pause > 0 and now + pause or 0, first and first + window or 0)
local wait = math.max(0, turn - now)
if wait > longest then return { -2, math.ceil(wait) } end
local following = string.format('%.3f', turn + interval)
redis.call('set', KEYS[1], following)
-- the turn after each call names it, for it is that of no other
redis.call('zadd', KEYS[3], string.format('%.3f', now + wait), following)
redis.call('pexpire', KEYS[3], math.ceil(window + wait))
return { math.ceil(wait), 0 }`,
}

/** Begins or prolongs a pause of ARGV[1] ms. */
export const pauseScript: RedisScript = {
  keys,
  lua: `if redis.call('pttl', KEYS[2]) < tonumber(ARGV[1]) then redis.call('set', KEYS[2], '1', 'PX', ARGV[1]) end`,
}

/** Shares the pace through Redis: turns are in the order of the calls, whichever process makes them. While Redis is down each process keeps the pace alone. */
export function createSharedPace({ redis, own, maxWaitMs, sleep, ...limits }: SharedPaceDeps): SharedPace {
  const { perSecond, burst, window } = limits
  const args = [1000 / perSecond, burst, maxWaitMs, window.calls, window.ms, settleMs(limits)].map(String)
  /** Null when Redis is down. */
  const reserve = async () => {
    for (;;) {
      try {
        return (await redis.run(turnScript, args)) as [waitMs: number, refusedMs: number]
      } catch {
        if (redis.isDown()) return null
        await sleep(retryMs)
      }
    }
  }
  return {
    takeTurn: async () => {
      const [waitMs, refusedMs] = (await reserve()) ?? [0, 0]
      if (waitMs === -1) throw pausedByShop(refusedMs)
      if (waitMs === -2) throw new RateLimitError('shop', 'too many requests of our own wait', refusedMs - maxWaitMs)
      if (waitMs > 0) await sleep(waitMs)
      return waitMs + (await own())
    },
    pause: async ms => {
      await redis.run(pauseScript, [String(Math.ceil(ms))]).catch(() => undefined)
    },
  }
}
