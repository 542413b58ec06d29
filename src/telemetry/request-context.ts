import { AsyncLocalStorage } from 'node:async_hooks'

/** What is known of the update being handled; present on every log line written under it. */
export interface RequestContext {
  /** 12 characters of base32, shown to the person in an apology and stored with the events of the update. */
  requestId: string
  userId?: number
}

const storage = new AsyncLocalStorage<RequestContext>()

/** Runs `work` so that everything it awaits sees `context`. */
export const withRequestContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work)

/** The context of the update being handled, or undefined outside one. */
export const requestContext = (): RequestContext | undefined => storage.getStore()
