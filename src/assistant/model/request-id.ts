import { createNameUuid } from '../../process/name-uuid.ts'

/** Turns a `request_id` into the same uuid everywhere: `uuid v5` of it in this namespace is what a service received. */
export const requestIdNamespace = '5d0f5a2e-64e5-4c6c-9d0e-3f6f3c1f7b52'

/** The uuid under which a service receives a `request_id`. */
export const requestUuid = createNameUuid(requestIdNamespace)
