import type { RedisScript, RedisScripts } from '../process/redis-scripts.ts'
import { type CartJournal, keptMs, readCart } from './cart-journal.ts'
import type { CartFact } from './facts.ts'

const cartKey = (messageFactId: string) => `vv:cart:${messageFactId}`
const userKey = (userId: number) => `vv:carts:${userId}`

/** KEYS: of the user, of each message that the cart answers; ARGV: the cart, how long it stays in ms. */
const addScript = `
for i = 2, #KEYS do
  redis.call('set', KEYS[i], ARGV[1], 'PX', ARGV[2])
  redis.call('zadd', KEYS[1], 0, KEYS[i])
end
redis.call('pexpire', KEYS[1], ARGV[2])`

const findScript = `return redis.call('get', KEYS[1])`

/** KEYS as for adding. */
const removeScript = `
for i = 2, #KEYS do
  redis.call('del', KEYS[i])
  redis.call('zrem', KEYS[1], KEYS[i])
end`

const eraseScript = `
for _, key in ipairs(redis.call('zrange', KEYS[1], 0, -1)) do redis.call('del', key) end
redis.call('del', KEYS[1])`

/**
 * Shares the journal of a process with the others through Redis: a message whose bot was killed goes on in another, which
 * cannot read its disk. Without it that one would make a second cart, if the first was shown but not yet in PostgreSQL. While
 * Redis is unavailable each process knows its own carts.
 */
export function createSharedCartJournal(own: CartJournal, redis: Pick<RedisScripts, 'run'>): CartJournal {
  /** Carts in Redis that this process has to remove, by each message they answer. */
  const shared = new Map<string, CartFact>()
  const run = (lua: string, keys: string[], args: string[] = []) => {
    const script: RedisScript = { lua, keys }
    return redis.run(script, args).catch(() => null)
  }
  const messagesOf = ({ messageFactId, alsoAnswers = [] }: CartFact) => [messageFactId, ...alsoAnswers]
  const keysOf = (fact: CartFact) => [userKey(fact.userId), ...messagesOf(fact).map(cartKey)]
  const know = (fact: CartFact) => {
    for (const id of messagesOf(fact)) shared.set(id, fact)
  }
  const drop = (fact: CartFact) => {
    for (const id of messagesOf(fact)) shared.delete(id)
  }

  return {
    add: async fact => {
      know(fact)
      await Promise.all([own.add(fact), run(addScript, keysOf(fact), [JSON.stringify(fact), String(keptMs)])])
    },
    find: async messageFactId => {
      const mine = await own.find(messageFactId)
      if (mine !== null) return mine
      const text = await run(findScript, [cartKey(messageFactId)])
      const fact = typeof text === 'string' ? readCart(text) : null
      if (fact !== null) know(fact)
      return fact
    },
    remove: async messageFactId => {
      const fact = shared.get(messageFactId)
      if (fact !== undefined) drop(fact)
      await Promise.all([own.remove(messageFactId), fact === undefined ? null : run(removeScript, keysOf(fact))])
    },
    erase: async userId => {
      for (const fact of [...shared.values()]) if (fact.userId === userId) drop(fact)
      await Promise.all([own.erase(userId), run(eraseScript, [userKey(userId)])])
    },
    close: own.close,
  }
}
