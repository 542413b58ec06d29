import { AppError } from '../errors.ts'
import { maskPersonalData } from './masking.ts'
import { toSourcePositions } from './source-positions.ts'

export interface ErrorDescription {
  type: string
  /** Only of an AppError. */
  message?: string
  code?: string
  stack?: string
  cause?: ErrorDescription
}

const maxCauses = 5
const maxFrames = 12
const maxMessageLength = 500
const identifier = /^[A-Za-z_$][\w$]{0,63}$/
const errorCode = /^[\w.-]{1,64}$/
const stackFrame = /^ {4}at (?:[\w$.<>[\] ]{1,200} \()?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\s()]{1,500}:\d+:\d+\)?$/

/**
 * Reduces an error to what may be logged: class, code, stack frames and causes. The message is logged for AppErrors only:
 * others may quote a user's text, so theirs are dropped, also from the head of the stack.
 */
export function describeError(err: unknown, depth = 1): ErrorDescription {
  if (!(err instanceof Error)) return { type: typeof err }
  const own = err instanceof AppError
  const code = 'code' in err ? String(err.code) : ''
  const stack = frames(err)
  return {
    type: [err.name, err.constructor.name].find(name => identifier.test(name)) ?? 'Error',
    ...(own && { message: maskPersonalData(err.message.slice(0, maxMessageLength)) }),
    ...(errorCode.test(code) && { code: maskPersonalData(code) }),
    ...(stack !== '' && { stack }),
    ...(err.cause !== undefined && depth < maxCauses && { cause: describeError(err.cause, depth + 1) }),
  }
}

function frames(err: Error): string {
  const stack = typeof err.stack === 'string' ? err.stack : ''
  const message = err.message === '' ? -1 : stack.indexOf(err.message)
  const lines = stack
    .slice(message < 0 ? 0 : message + err.message.length)
    .split('\n')
    .filter(line => stackFrame.test(line))
    .slice(0, maxFrames)
    .join('\n')
  return toSourcePositions(lines)
}
