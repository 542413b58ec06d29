import { createNameUuid } from '../process/name-uuid.ts'

const idOf = createNameUuid('b1f5d1a4-3f0f-4a52-8d0e-5b7a1f6f2a11')

/**
 * The id of a fact caused by an update: the same for every delivery of that update. `updateKey` is the update id with the
 * message's date, because Telegram restarts its ids after a quiet week.
 */
export const factId = (updateKey: string, name: string): string => idOf(`${updateKey}/${name}`)
