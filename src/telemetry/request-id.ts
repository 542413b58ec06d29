import { randomBytes } from 'node:crypto'

/** Crockford's base32, without I, L, O and U, so that an id can be read aloud. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Generates an id of an update for logs, events and apologies: 12 random characters, 60 bits. */
export function newRequestId(): string {
  let id = ''
  for (const byte of randomBytes(12)) id += alphabet.charAt(byte & 31)
  return id
}
