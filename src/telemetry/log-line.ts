import { describeError } from './describe-error.ts'
import { type LogEvent, logCatalogue } from './log-catalogue.ts'
import { maskPersonalData } from './masking.ts'
import { requestContext } from './request-context.ts'

export type LineFields = Record<string, unknown>

const maxStringLength = 1000
const fieldsOf: ReadonlyMap<LogEvent, readonly string[]> = new Map(
  Object.entries(logCatalogue).map(([event, { fields }]) => [event as LogEvent, fields]),
)

/** The fields that name a user. They are handed in as the account's number, and no line shows them so. */
export const userFields = ['user_id', 'target_user_id'] as const

/**
 * The fields of one log line: the event, `request_id` and `user_id` of the update being handled, and of what was handed
 * in only the fields its event declares, strings masked and cut.
 */
export function createLine(event: LogEvent, given: Readonly<LineFields>): LineFields {
  const line: LineFields = { event }
  const context = requestContext()
  if (context !== undefined) {
    line.request_id = context.requestId
    if (context.userId !== undefined) line.user_id = context.userId
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
