import type { ServiceReading } from './service-watch.ts'

/** Calls of a service so far: those it answered, and those it failed by why. */
export interface CallCounts {
  ok: number
  failed: Readonly<Record<string, number>>
}

/**
 * Judges a service by the calls since the last look: all answered, some, or none. Without a call the last judgement stands: an
 * idle night mends nothing. The cause is the most frequent one.
 */
export function createCallJudge(read: () => Promise<CallCounts>): () => Promise<ServiceReading> {
  let before: CallCounts = { ok: 0, failed: {} }
  let last: ServiceReading = { light: 'unknown', cause: null }
  return async () => {
    const counts = await read()
    const ok = counts.ok - before.ok
    const failed = Object.entries(counts.failed)
      .map(([cause, n]) => ({ cause, n: n - (before.failed[cause] ?? 0) }))
      .filter(({ n }) => n > 0)
      .sort((a, b) => b.n - a.n)
    before = counts
    if (failed.length > 0) last = { light: ok > 0 ? 'unsteady' : 'failing', cause: failed[0]?.cause ?? null }
    else if (ok > 0) last = { light: 'ok', cause: null }
    return last
  }
}
