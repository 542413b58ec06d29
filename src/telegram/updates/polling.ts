import { createConcurrentSink, createRunner, createSource } from '@grammyjs/runner'
import type { Update } from 'grammy/types'
import type { Sleep } from '../../process/sleep.ts'
import { fromApiSignal } from '../api/api-signal.ts'
import { createUpdateSource, isConflict, type UpdateSourceDeps } from './update-source.ts'

/** Takes updates in until stopped; `stop` rejects nothing and waits at most `timeoutMs` for those in flight. */
export interface UpdateIntake {
  start(): void
  stop(timeoutMs: number): Promise<void>
}

export interface PollingDeps extends UpdateSourceDeps {
  /** Deals with one update, or leaves it for the next process; never rejects. */
  handle(update: Update): Promise<'dealt_with' | 'left'>
  sleep: Sleep
  /** The process ends: it polls until it is stopped, or the next one does. */
  isEnding: () => boolean
}

/** How long the end waits for Telegram to hear what is dealt with; else it delivers that again. */
const confirmMs = 2_000

/** Long polling: grammY's runner, fed by a source that confirms updates only when they are dealt with. */
export function createPolling(deps: PollingDeps): UpdateIntake {
  const getUpdates: PollingDeps['getUpdates'] = async (request, signal) => {
    try {
      return await deps.getUpdates(request, signal)
    } catch (err) {
      if (!deps.isEnding() || !isConflict(err)) throw err
      void runner.stop()
      return []
    }
  }
  const updates = createUpdateSource({ ...deps, getUpdates })
  const source = createSource<Update>({ supply: (_size, signal) => updates.supply(fromApiSignal(signal)) })
  const sink = createConcurrentSink<Update>(
    {
      consume: async update => {
        const outcome = await deps.handle(update)
        if (outcome === 'dealt_with') updates.done(update.update_id)
        else updates.leave(update.update_id)
      },
    },
    () => Promise.resolve(), // handle() never rejects
  )
  const runner = createRunner(source, sink)
  return {
    start: () => runner.start(),
    stop: async timeoutMs => {
      await runner.stop()
      const giveUp = new AbortController()
      await Promise.race([updates.idle(), deps.sleep(timeoutMs, giveUp.signal)])
      giveUp.abort()
      const goOn = new AbortController()
      await Promise.race([updates.confirm(), deps.sleep(confirmMs, goOn.signal)])
      goOn.abort()
    },
  }
}
