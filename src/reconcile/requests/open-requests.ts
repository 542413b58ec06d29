import { createLookUpRequest, type LookUpRequest } from '../../analytics/requests/look-up-request.ts'
import { createRequestStore } from '../../analytics/requests/request-store.ts'
import type { Db } from '../../db/db.ts'
import { openRequestLines, type RequestLinesDeps } from './open-request-lines.ts'

export interface OpenRequestsDeps extends RequestLinesDeps {
  db: Db
}

/** Opens what looks up single requests, in log lines and events. Opens no connection of its own. */
export const openRequests = ({ db, ...deps }: OpenRequestsDeps): LookUpRequest =>
  createLookUpRequest({ store: createRequestStore(db), lines: openRequestLines(deps), now: deps.now })
