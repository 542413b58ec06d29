import { createLatestEntries } from '../process/latest-entries.ts'
import { findAddresses } from './masking/addresses.ts'
import { toComparable } from './masking/comparable-text.ts'
import { findEmails } from './masking/emails.ts'
import { findNames } from './masking/names.ts'
import { findNumbers } from './masking/numbers.ts'
import { findExisting, findSecrets, markPattern } from './masking/secrets.ts'
import { inOrder } from './masking/span.ts'

/** Rules for distinctive formats come before those for mere digits or words. */
const findPersonalData = inOrder([findExisting, findSecrets, findEmails, findNumbers, findNames, findAddresses])

const maxPasses = 5

/** Short texts in which nothing was found: what users search for and what is logged of it comes again and again. */
const harmless = createLatestEntries<string, true>(2_000)
const longestRemembered = 60
/** An id that code has made: most log lines name one, each another. */
const isUuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** Cheap precondition of all rules, which most technical texts do not meet. */
const suspicious =
  /[@\u0400-\u04ff]|[([{<] ?at ?[)\]}>]|\d:[\w-]{30}|\d[\d \n()./_-]{7}|(?:bearer|basic)\s|:\/\/|whats ?app|viber/i

/**
 * Replaces personal data in a text with marks such as `[phone]`: phones, e-mails, bank cards, ИНН, СНИЛС, passports, names
 * where the context identifies them as names, street addresses; bot tokens, Authorization values and credentials in URLs.
 * Everything else is unchanged. Idempotent. Linear in the length of the text.
 */
export function maskPersonalData(text: string): string {
  if (text.length === 36 && isUuid.test(text)) return text
  if (harmless.get(text) === true) return text
  const masked = maskUntilDone(text)
  if (masked === text && text.length <= longestRemembered) harmless.set(text, true)
  return masked
}

function maskUntilDone(text: string): string {
  let masked = text
  // a rule may match only after its neighbour was replaced by a mark
  for (let pass = 0, before = ''; masked !== before && pass < maxPasses; pass++) {
    before = masked
    masked = maskOnce(masked)
  }
  return masked
}

function maskOnce(text: string): string {
  const comparable = toComparable(text)
  if (!suspicious.test(comparable.text)) return text
  let masked = ''
  let copiedTo = 0
  for (const { from, to, mark } of findPersonalData(comparable.text)) {
    if (mark === null) continue
    const [start, end] = comparable.originalRange(from, to)
    masked += `${text.slice(copiedTo, start)}[${mark}]`
    copiedTo = end
  }
  return masked + text.slice(copiedTo)
}

const hidden = new RegExp(
  String.raw`(?:(?<!\p{L})(?:для|меня\s+зовут|мо[её]\s+имя|на\s+имя|это|я|адрес|телефон|тел)[\s.:—–-]{0,3})?${markPattern}`,
  'giu',
)

/** Removes personal data from a text, together with the words that introduce it. May return an empty string. */
export function withoutPersonalData(text: string): string {
  const masked = maskPersonalData(text)
  const rest = masked.replaceAll(hidden, ' ')
  if (rest === masked) return text
  const tidy = rest.replaceAll(/\s+/g, ' ').replaceAll(/^[\s,;.:!?-]+|[\s,;:-]{1,20}$/g, '')
  return /[\p{L}\p{N}]/u.test(tidy) ? tidy : ''
}
