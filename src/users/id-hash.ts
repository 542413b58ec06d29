import { createHmac, hkdfSync } from 'node:crypto'

/**
 * Keyed hashes of user ids. Plain hashes could be undone by trying every id; these need the key: ID_HASH_KEY, or one
 * derived from the bot token. `erased` stays of an erased user, `session` is what GigaChat sees instead of the id.
 */
export function createIdHashes(secret: string) {
  const keyed = (purpose: string) => {
    const key = Buffer.from(hkdfSync('sha256', secret, 'vkusvill-bot', purpose, 32))
    return (userId: number): string => createHmac('sha256', key).update(String(userId)).digest('hex')
  }
  return { erased: keyed('erased users'), session: keyed('model sessions') }
}
