import { AppError } from '../../errors.ts'
import type { LogRecord } from '../../telemetry/log-record.ts'
import { readRequestCode, wholeCode } from './read-code.ts'
import type { LineSourceState, RequestLines } from './request-lines.ts'
import type { RequestEvent, RequestStore } from './request-store.ts'
import { composeStory, type RequestStory } from './story.ts'

/** What was read, and what did not answer. */
export interface LookUpSources {
  lines: readonly LineSourceState[]
  /** False if PostgreSQL did not answer. */
  rows: boolean
}

export type RequestLookUp =
  /** The text holds no code. */
  | { kind: 'unreadable' }
  | { kind: 'unknown'; code: string; sources: LookUpSources }
  /** Requests whose codes begin with what was given, the newest first. */
  | { kind: 'several'; code: string; stories: readonly RequestStory[]; sources: LookUpSources }
  | { kind: 'found'; story: RequestStory; sources: LookUpSources }

/** Looks a request up by what an operator typed or pasted. Rejects only for a bug. */
export type LookUpRequest = (text: string) => Promise<RequestLookUp>

export interface LookUpDeps {
  store: RequestStore
  lines: RequestLines
  now: () => Date
}

const dayMs = 24 * 3_600_000
/** Log lines are retained for 30 days; of what is older only a failure is found. */
const reachMs = 31 * dayMs
/** Events of one request happen around its lines: a message has Telegram's time, which an outage moves away from ours. */
const aroundMs = dayMs

/**
 * Joins what log lines and events know of a request. Failures are looked up first: their codes are indexed, and their time
 * narrows the search among the lines.
 */
export function createLookUpRequest({ store, lines, now }: LookUpDeps): LookUpRequest {
  return async text => {
    const read = readRequestCode(text)
    if (read === null) return { kind: 'unreadable' }
    let rowsAnswered = true
    const rows = async (query: () => Promise<RequestEvent[]>): Promise<RequestEvent[]> => {
      if (!rowsAnswered) return []
      try {
        return await query()
      } catch (err) {
        if (!(err instanceof AppError)) throw err
        rowsAnswered = false
        return []
      }
    }
    const until = new Date(now().getTime() + dayMs)
    const since = new Date(now().getTime() - reachMs)

    let code = read.kind === 'request' ? read.code : ''
    if (read.kind === 'event') {
      const [event] = await rows(async () =>
        [await store.event(read.eventId, since, until)].filter(found => found !== null),
      )
      const named = event ? null : (await lines.find('event_id', read.eventId, null)).records[0]
      code = event?.requestId ?? named?.requestId ?? ''
      const sources = { lines: [], rows: rowsAnswered }
      if (code === '') return { kind: 'unknown', code: read.eventId, sources }
    }

    let events = await rows(() => store.failed(code))
    const isOne = code.length === wholeCode
    let found = await lines.find('request_id', code, isOne ? (events[0]?.at ?? null) : null)
    if (isOne && events.length > 0 && found.records.length === 0) found = await lines.find('request_id', code, null)
    if (!isOne || events.length === 0) {
      const [from, to] = windowOf(found.records, isOne) ?? [since, until]
      events = merge(events, await rows(() => store.within(code, from, to)))
    }

    const ids = [...new Set([...found.records, ...events].flatMap(({ requestId }) => requestId ?? []))]
    const stories = ids.map(id => {
      const ofRequest = ({ requestId }: { requestId: string | null }) => requestId === id
      return composeStory(id, found.records.filter(ofRequest), events.filter(ofRequest))
    })
    const sources = { lines: found.sources, rows: rowsAnswered }
    const [story] = stories
    if (story === undefined) return { kind: 'unknown', code, sources }
    if (stories.length === 1) return { kind: 'found', story, sources }
    return { kind: 'several', code, stories: stories.sort((a, b) => b.at.getTime() - a.at.getTime()), sources }
  }
}

/** Where the events of these lines are; null without lines, or where other requests may begin with the code as well. */
function windowOf(records: readonly LogRecord[], isOne: boolean): [Date, Date] | null {
  const [first, last] = [records[0], records.at(-1)]
  if (!isOne || first === undefined || last === undefined) return null
  const facts = records.flatMap(record => record.number('at_ms') ?? [])
  const from = Math.min(first.atMs, ...facts) - aroundMs
  return [new Date(from), new Date(Math.max(last.atMs, ...facts) + aroundMs)]
}

const merge = (one: readonly RequestEvent[], other: readonly RequestEvent[]): RequestEvent[] =>
  [...new Map([...one, ...other].map(event => [event.id, event])).values()].sort(
    (a, b) => a.at.getTime() - b.at.getTime(),
  )
