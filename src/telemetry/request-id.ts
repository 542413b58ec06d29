import { randomBytes } from 'node:crypto'

/** Crockford's base32: no I, L, O and U, so that a person can read an id aloud. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 12 random characters (60 bits) that name one update in logs, events and apologies. */
export function newRequestId(): string {
  let id = ''
  for (const byte of randomBytes(12)) id += alphabet.charAt(byte & 31)
  return id
}
