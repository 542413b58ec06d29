import type { Update } from 'grammy/types'
import type { Kernel } from '../kernel.ts'
import type { Fate, Link, SimulatedProcess } from '../machine.ts'

/** A process that takes updates. */
export interface Receiver {
  machine: SimulatedProcess
  isOpen(): boolean
  accept(update: Update): Promise<'dealt_with' | 'left'>
}

export interface TelegramServer {
  send(update: Update, userId: number): void
  /** As getUpdates of the Bot API, without the long wait. */
  getUpdates(machine: SimulatedProcess, request: { offset?: number; limit: number }): Promise<Update[]>
  /** Updates that were not confirmed. */
  unconfirmed(): number
}

interface Queue {
  updates: Update[]
  /** The first is delivered, or will be after a pause. */
  isBusy: boolean
}

/** Telegram waits so long for the answer to a delivery. */
const deliveryTimeoutMs = 60_000

/**
 * Delivers updates until they are confirmed. By webhook: messages and presses of a user stand in queues of their own, the next of a
 * queue comes after the one before was confirmed, to whichever process is open. By polling: until the offset has passed.
 */
export function createTelegramServer(
  kernel: Kernel,
  receivers: (() => readonly Receiver[]) | null,
  fate: () => Fate,
): TelegramServer {
  const { after, random, trace } = kernel
  const queues = new Map<string, Queue>()
  const polled: Update[] = []

  const deliver = (queue: Queue) => {
    const [update] = queue.updates
    queue.isBusy = update !== undefined
    if (update === undefined) return
    let isOver = false
    const end = (outcome: 'confirmed' | 'not confirmed') => {
      if (isOver) return
      isOver = true
      if (outcome === 'confirmed') queue.updates.shift()
      after(outcome === 'confirmed' ? random.next() * 20 : 500 + random.next() * 3_000, () => deliver(queue))
    }
    const open = (receivers?.() ?? []).filter(({ machine, isOpen }) => machine.isAlive() && isOpen())
    const chosen = open[random.int(0, Math.max(0, open.length - 1))]
    const isHeard = fate() === 'served'
    after(deliveryTimeoutMs, () => end('not confirmed'))
    after(random.next() * 40, () => {
      if (chosen === undefined || !chosen.machine.isAlive()) return end('not confirmed')
      trace(`telegram delivers ${update.update_id} to ${chosen.machine.name}`)
      chosen.machine.enter(() => {
        void chosen.accept(update).then(outcome => {
          if (outcome === 'left' || !isHeard) end('not confirmed')
          else after(random.next() * 40, () => end('confirmed'))
        })
      })
      // the connection ends with the process
      const watch = () => {
        if (isOver) return
        if (chosen.machine.isAlive()) after(1_000, watch)
        else end('not confirmed')
      }
      watch()
    })
  }
  const link: Link = {
    name: 'telegram',
    latencyMs: () => random.next() * 40,
    fate,
    timeoutMs: 10_000,
    timedOut: () => new Error('telegram: no answer'),
  }

  return {
    send: (update, userId) => {
      trace(`user ${userId} sends ${update.update_id}`)
      if (receivers === null) {
        polled.push(update)
        return
      }
      const name = `${userId}/${update.callback_query === undefined ? 'message' : 'press'}`
      const queue = queues.get(name) ?? { updates: [], isBusy: false }
      queues.set(name, queue)
      queue.updates.push(update)
      if (!queue.isBusy) deliver(queue)
    },
    getUpdates: async (machine, { offset, limit }) => {
      const ask = () =>
        machine.call('getUpdates', link, () => {
          if (offset !== undefined) polled.splice(0, polled.findLastIndex(({ update_id }) => update_id < offset) + 1)
          return polled.slice(0, limit)
        })
      const found = await ask()
      if (found.length > 0) return found
      await machine.sleep(700)
      return []
    },
    unconfirmed: () => polled.length + [...queues.values()].reduce((sum, queue) => sum + queue.updates.length, 0),
  }
}
