import { AsyncLocalStorage } from 'node:async_hooks'

/** Context of the update being handled; on every log line written within it. */
export interface RequestContext {
  /** 12 characters of base32, shown to the user in an apology and stored with the events of the update. */
  requestId: string
  userId?: number
  /** When the update was received, by `performance.now()`. */
  startedAt?: number
}

const storage = new AsyncLocalStorage<RequestContext | undefined>()

/** Runs `work`, and everything it awaits, within `context`. */
export const withRequestContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work)

/** Runs work that serves several updates together without a context, so that its log lines are attributed to none. */
export const outsideRequest = <T>(work: () => T): T => storage.run(undefined, work)

/** The context of the update being handled, or undefined outside one. */
export const requestContext = (): RequestContext | undefined => storage.getStore()
