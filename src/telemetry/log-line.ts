import { describeError } from './describe-error.ts'
import { type LogEvent, logCatalogue } from './log-catalogue.ts'
import { maskPersonalData } from './masking.ts'
import { requestContext } from './request-context.ts'

export type LineFields = Record<string, unknown>

const maxStringLength = 1000
const fieldsOf: ReadonlyMap<LogEvent, readonly string[]> = new Map(
  Object.entries(logCatalogue).map(([event, { fields }]) => [event as LogEvent, fields]),
)

/** Fields with a Telegram user id, which are replaced by pseudonyms before the line is written. */
export const userFields = ['user_id', 'target_user_id'] as const

/**
 * Builds the fields of a log line: the event, `request_id`, `user_id` and `since_ms` of the current update, and the given
 * fields that the event declares. Strings are masked and cut to 1000 characters.
 */
export function createLine(event: LogEvent, given: Readonly<LineFields>): LineFields {
  const line: LineFields = { event }
  const context = requestContext()
  if (context !== undefined) {
    line.request_id = context.requestId
    if (context.userId !== undefined) line.user_id = context.userId
    if (context.startedAt !== undefined) line.since_ms = Math.round(performance.now() - context.startedAt)
  }
  for (const field of fieldsOf.get(event) ?? []) {
    const value = given[field]
    if (value === undefined) continue
    if (field === 'err') line.err = describeError(value)
    else if (typeof value === 'string') line[field] = maskPersonalData(value.slice(0, maxStringLength))
    else if (typeof value === 'number' || typeof value === 'boolean' || value === null) line[field] = value
  }
  return line
}
