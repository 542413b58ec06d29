import type { Teardown } from '../../process/teardown.ts'
import type { ReadBalance } from './balance.ts'
import { type BalanceWatchDeps, createBalanceWatch, type ModelBalance } from './balance-watch.ts'

export interface WatchBalanceDeps extends Omit<BalanceWatchDeps, 'read' | 'models'> {
  /** Null without GigaChat. */
  read: ReadBalance | null
  settings: { gigachat: { model: string; cheapModel?: string | undefined } }
  teardown: Teardown
}

/** Starts to watch the balance of GigaChat, if it answers at all. Returns what the last reading found. */
export function watchBalance({ read, settings, teardown, ...deps }: WatchBalanceDeps): () => readonly ModelBalance[] {
  if (read === null) return () => []
  const { model, cheapModel } = settings.gigachat
  const models = cheapModel === undefined ? [model] : [cheapModel, model]
  const watch = createBalanceWatch({ ...deps, read, models })
  watch.start()
  teardown.add(() => watch.stop())
  return watch.latest
}
