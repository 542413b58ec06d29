import { z } from 'zod'

/** A log line as it was read back. */
export interface LogRecord {
  /** When it was written, epoch ms. */
  atMs: number
  event: string
  requestId: string | null
  /** The line as it stands in the log. */
  text: string
  /** A field that is a finite number; null for anything else. */
  number(field: string): number | null
  /**
   * A field that is a name as the code writes them: 1 to 60 Latin letters, digits and `_.:/-`. Null for anything else, so
   * that no text gets from a log into an answer.
   */
  name(field: string): string | null
  /** True if the field is `true`. */
  isSet(field: string): boolean
}

const Line = z.looseObject({ time: z.number(), event: z.string(), request_id: z.string().optional() })
const name = /^[A-Za-z0-9_][\w.:/-]{0,59}$/

/** Reads a line of the log; null if it is none, as the half line of a killed process. */
export function readLogRecord(text: string): LogRecord | null {
  const parsed = Line.safeParse(parseJson(text))
  if (!parsed.success) return null
  const fields: Readonly<Record<string, unknown>> = parsed.data
  /** A field of an object within the line is `object.field`. */
  const read = (field: string): unknown =>
    field.split('.').reduce<unknown>((value, key) => {
      return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : null
    }, fields)
  return {
    atMs: parsed.data.time,
    event: parsed.data.event,
    requestId: parsed.data.request_id ?? null,
    text,
    number: field => {
      const value = read(field)
      return typeof value === 'number' && Number.isFinite(value) ? value : null
    },
    name: field => {
      const value = read(field)
      return typeof value === 'string' && name.test(value) ? value : null
    },
    isSet: field => read(field) === true,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
