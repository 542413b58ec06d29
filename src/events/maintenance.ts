import type { Log } from '../telemetry/log.ts'
import type { EventStore } from './event-store.ts'

export interface MaintenanceDeps {
  store: Pick<EventStore, 'ensurePartitions' | 'pruneBatches'>
  log: Log
  now: () => Date
}

const everyMs = 3_600_000

/** Creates partitions of `user_events` ahead and deletes old batch ids: at the start, then every hour. */
export function createEventMaintenance({ store, log, now }: MaintenanceDeps) {
  let timer: NodeJS.Timeout | undefined

  const run = async () => {
    for (const name of await store.ensurePartitions(now())) {
      log.info('maintenance', { task: 'create_partition', detail: name })
    }
    await store.pruneBatches()
  }
  return {
    /** Rejects if PostgreSQL is unavailable: without partitions nothing can be stored. */
    start: async (): Promise<void> => {
      await run()
      timer = setInterval(() => {
        run().catch(err => log.error('maintenance_failed', { task: 'event_maintenance', err }))
      }, everyMs)
      timer.unref()
    },
    stop: (): void => clearInterval(timer),
  }
}
