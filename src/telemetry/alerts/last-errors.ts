import { errorMessage, type Upstream, upstreamOf } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { LogEvent } from '../log-catalogue.ts'

/** Which failures belong to the alerts of a component: those of a service, or those of an event of the log. */
const sources: Record<string, { upstream: Upstream } | { events: readonly LogEvent[] }> = {
  gigachat: { upstream: 'gigachat' },
  openai: { upstream: 'openai' },
  shop: { upstream: 'shop' },
  telegram: { upstream: 'telegram' },
  postgres: { upstream: 'postgres' },
  answers: { events: ['update_failed'] },
  events: { events: ['events_waiting', 'events_lost', 'fact_refused'] },
  analytics: { events: ['maintenance_failed'] },
}
/** An older error explains nothing that fires now. */
const rememberedMs = 900_000

interface Failure {
  at: number
  text: string
}

/**
 * Remembers the last failure of each component from the log lines that pass. Only messages of our own errors are shown, of others
 * the class: no text of a user, no secret.
 */
export function createLastErrors(now: () => Date) {
  const last = new Map<string, Failure>()
  const note = (event: LogEvent, fields: object) => {
    const err: unknown = 'err' in fields ? fields.err : undefined
    if (err === undefined) return
    const failure = { at: now().getTime(), text: errorMessage(err) }
    const upstream = upstreamOf(err)
    if (upstream !== undefined) last.set(upstream, failure)
    last.set(event, failure)
  }
  return {
    /** The log, watched. */
    watch: (log: Log): Log => ({
      ...log,
      warn: (event, fields) => {
        note(event, fields)
        log.warn(event, fields)
      },
      error: (event, fields) => {
        note(event, fields)
        log.error(event, fields)
      },
    }),
    /** The last failure that belongs to alerts of this component; null if there was none within 15 minutes. */
    of(component: string): string | null {
      const source = sources[component]
      if (source === undefined) return null
      const keys = 'upstream' in source ? [source.upstream] : source.events
      const found = keys
        .flatMap(key => last.get(key) ?? [])
        .filter(({ at }) => now().getTime() - at < rememberedMs)
        .sort((a, b) => b.at - a.at)
      return found[0]?.text ?? null
    },
  }
}

export type LastErrors = ReturnType<typeof createLastErrors>
