import { AppError } from '../errors.ts'
import type { Sleep } from '../process/sleep.ts'
import type { Log } from '../telemetry/log.ts'
import type { EventStore } from './event-store.ts'

export interface MaintenanceDeps {
  store: Pick<EventStore, 'ensurePartitions' | 'pruneBatches'>
  log: Log
  now: () => Date
  sleep: Sleep
  /** Milliseconds by a clock that is never set. */
  elapsedMs?: () => number
}

const everyMs = 3_600_000
/** A start goes on for so long while PostgreSQL, which had answered the migrations, is too busy to answer. */
const startForMs = 60_000
const startPauseMs = 500

/** Creates partitions of `user_events` ahead and deletes old batch ids: at the start, then every hour. */
export function createEventMaintenance(deps: MaintenanceDeps) {
  const { store, log, now, sleep, elapsedMs = () => performance.now() } = deps
  const stopped = new AbortController()
  let timer: NodeJS.Timeout | undefined

  const run = async () => {
    for (const name of await store.ensurePartitions(now())) {
      log.info('maintenance', { task: 'create_partition', detail: name })
    }
    await store.pruneBatches()
  }
  const runFirst = async () => {
    const since = elapsedMs()
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run()
      } catch (err) {
        const mayPass = err instanceof AppError && err.retryable && elapsedMs() - since < startForMs
        if (!mayPass || stopped.signal.aborted) throw err
        log.info('upstream_retry', {
          upstream: 'postgres',
          operation: 'ensure_partitions',
          attempt,
          error_name: err.name,
        })
        await sleep(startPauseMs, stopped.signal)
      }
    }
  }
  return {
    /** Rejects if PostgreSQL stays unavailable for a minute: without partitions nothing can be stored. */
    start: async (): Promise<void> => {
      await runFirst()
      timer = setInterval(() => {
        run().catch(err => log.error('maintenance_failed', { task: 'event_maintenance', err }))
      }, everyMs)
      timer.unref()
    },
    stop: (): void => {
      stopped.abort('stopped')
      clearInterval(timer)
    },
  }
}
