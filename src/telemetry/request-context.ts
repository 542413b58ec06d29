import { AsyncLocalStorage } from 'node:async_hooks'

/** What is known of the update being handled; present on every log line written under it. */
export interface RequestContext {
  /** 12 characters of base32, shown to the person in an apology and stored with the events of the update. */
  requestId: string
  userId?: number
}

const storage = new AsyncLocalStorage<RequestContext | undefined>()

/** Runs `work` so that everything it awaits sees `context`. */
export const withRequestContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work)

/** Runs work that serves many updates at once, so that its log lines claim none of them. */
export const outsideRequest = <T>(work: () => T): T => storage.run(undefined, work)

/** The context of the update being handled, or undefined outside one. */
export const requestContext = (): RequestContext | undefined => storage.getStore()
