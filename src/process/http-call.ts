import type { Dispatcher } from 'undici'

/** What an answer begins with. */
export interface AnswerHead {
  status: number
  headers: Record<string, string | string[] | undefined>
}

/** Takes the body of one answer, part by part. What it throws ends the call with that error. */
export interface BodyReader<T> {
  /** True when nothing more is needed: the rest is not waited for, and its connection is cut. */
  take(part: Buffer): boolean
  /** What was read, once it is complete. */
  end(): T
}

export interface RawCall<T> {
  method: 'GET' | 'POST' | 'DELETE'
  headers: Record<string, string>
  body: string | Buffer | null
  /** Ends the call, which rejects with its reason. */
  signal?: AbortSignal | undefined
  /** From the call to the last byte of the answer; without it the caller sets a limit by the signal. */
  limit?: { ms: number; error: () => Error } | undefined
  /** Called with the head of the answer. A value stands for an answer whose body is not needed. What it throws ends the call. */
  read: (head: AnswerHead) => BodyReader<T> | { value: T }
}

/** Why the rest of an answer is cut off. */
const enough = new Error('the rest is not needed')

/**
 * One exchange over HTTP through the pool `dispatcher`, without retries or redirects: resolves to what was read, rejects with the
 * error of the connection, of the limit or of the reader, or with the signal's reason. Not undici's request(): its stream of the
 * body costs as much as the rest of the exchange.
 */
export function httpCall<T>(dispatcher: Dispatcher, url: string | URL, call: RawCall<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const { method, headers, body, signal, limit } = call
    signal?.throwIfAborted()
    const { origin, pathname, search } = typeof url === 'string' ? new URL(url) : url
    let exchange: Dispatcher.DispatchController | undefined
    let reader: BodyReader<T> | undefined
    let cutFor: Error | undefined
    let isOver = false

    const end = () => {
      isOver = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
    /** One that is not connected yet is cut as soon as it is; of one that is complete the connection stays open. */
    const cut = (reason: Error) => {
      cutFor = reason
      // not within the parser of the connection, which may be at the last byte
      queueMicrotask(() => exchange?.abort(reason))
    }
    const fail = (reason: Error) => {
      if (isOver) return
      end()
      cut(reason)
      reject(reason)
    }
    const giveUp = () => fail(signal?.reason)
    const resolveWith = (value: T) => {
      end()
      resolve(value)
    }
    const timer = limit && setTimeout(() => fail(limit.error()), limit.ms)
    signal?.addEventListener('abort', giveUp)
    dispatcher.dispatch(
      { origin, path: pathname + search, method, headers, body },
      {
        onRequestStart: controller => {
          exchange = controller
          if (cutFor !== undefined) controller.abort(cutFor)
        },
        // what these throw undici makes the error of the call
        onResponseStart: (_, status, answerHeaders) => {
          if (isOver || status < 200) return // after an informational one the answer follows
          const read = call.read({ status, headers: answerHeaders })
          if ('take' in read) reader = read
          else {
            resolveWith(read.value)
            cut(enough)
          }
        },
        onResponseData: (_, part) => {
          if (isOver || reader?.take(part) !== true) return
          resolveWith(reader.end())
          cut(enough)
        },
        onResponseEnd: () => {
          if (!isOver && reader !== undefined) resolveWith(reader.end())
        },
        onResponseError: (_, err) => fail(err),
      },
    )
  })
}

/** Reads the whole body; `tooLarge` makes the error for one of more than `maxBytes`. */
export function wholeBody(maxBytes: number, tooLarge: () => Error): BodyReader<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  return {
    take: part => {
      bytes += part.byteLength
      if (bytes > maxBytes) throw tooLarge()
      parts.push(part)
      return false
    },
    end: () => Buffer.concat(parts),
  }
}
