import { RateLimitError } from '../errors.ts'
import type { RedisScript, RedisScripts } from '../process/redis-scripts.ts'
import type { RateLimiterOptions, TakeTurn } from './rate-limiter.ts'
import { pausedByShop } from './shop-breaker.ts'

export interface SharedPaceDeps extends Omit<RateLimiterOptions, 'now'> {
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
const keys = ['vv:shop:next-turn', 'vv:shop:pause']

/**
 * Reserves the next turn by the generic cell rate algorithm, in Redis's time; ARGV: interval in ms, burst, longest wait in ms.
 * Answers the wait in ms; -1 and how long the pause lasts, or -2 and the wait, when it would be longer.
 */
export const turnScript: RedisScript = {
  keys,
  lua: `
local interval, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('time')
local now = time[1] * 1000 + time[2] / 1000
local pause = math.max(0, redis.call('pttl', KEYS[2]))
if pause > longest then return { -1, pause } end
local turn = tonumber(redis.call('get', KEYS[1]) or 0)
-- later than any call may wait: the clock was set back
if turn - now > longest + interval then turn = now end
turn = math.max(turn, now - (burst - 1) * interval, pause > 0 and now + pause or 0)
local wait = math.max(0, turn - now)
if wait > longest then return { -2, math.ceil(wait) } end
redis.call('set', KEYS[1], string.format('%.3f', turn + interval), 'PX', math.ceil(turn + burst * interval - now) + 1)
return { math.ceil(wait), 0 }`,
}

/** Begins or prolongs a pause of ARGV[1] ms. */
export const pauseScript: RedisScript = {
  keys,
  lua: `if redis.call('pttl', KEYS[2]) < tonumber(ARGV[1]) then redis.call('set', KEYS[2], '1', 'PX', ARGV[1]) end`,
}

/** Shares the pace through Redis: turns are in the order of the calls, whichever process makes them. While Redis is down each process keeps the pace alone. */
export function createSharedPace({ redis, own, perSecond, burst, maxWaitMs, sleep }: SharedPaceDeps): SharedPace {
  const args = [1000 / perSecond, burst, maxWaitMs].map(String)
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
