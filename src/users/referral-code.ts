import { randomInt } from 'node:crypto'

// without look-alikes (0 O 1 l I), because users copy codes by hand
const letters = 'abcdefghjkmnpqrstuvwxyz'
const all = `${letters}ABCDEFGHJKMNPQRSTUVWXYZ23456789`

/** Eight characters; the first is a letter, so that a code can never be read as a user id. */
export const newReferralCode = (): string =>
  letters.charAt(randomInt(letters.length)) +
  Array.from({ length: 7 }, () => all.charAt(randomInt(all.length))).join('')
