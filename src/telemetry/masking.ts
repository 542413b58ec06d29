import { findAddresses } from './masking/addresses.ts'
import { toComparable } from './masking/comparable-text.ts'
import { findEmails } from './masking/emails.ts'
import { findNames } from './masking/names.ts'
import { findNumbers } from './masking/numbers.ts'
import { findExisting, findSecrets, markPattern } from './masking/secrets.ts'
import { inOrder } from './masking/span.ts'

/** What has a form of its own comes before what is only digits or words. */
const findPersonalData = inOrder([findExisting, findSecrets, findEmails, findNumbers, findNames, findAddresses])

const maxPasses = 5

/** Cheap look that lets most technical texts pass: without any of this no rule finds anything. */
const suspicious = /[@\u0400-\u04ff]|[([{<] ?at ?[)\]}>]|\d:[\w-]{30}|\d[\d \n()./_-]{7}|(?:bearer|basic)\s|:\/\//i

/**
 * The text with personal data replaced by marks such as `[phone]`: phones, e-mails, bank cards, ИНН, СНИЛС, passports,
 * names where the text says that they are names, street addresses; bot tokens, Authorization values and credentials in
 * URLs. Everything else stays as it was written. Masking twice changes nothing more. Linear in the length of the text.
 */
export function maskPersonalData(text: string): string {
  let masked = text
  // what stood too close to something personal to be seen is seen once that is a mark
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

/** The text for those who need nothing of the user: marks and the words that lead to them are left out; may be empty. */
export function withoutPersonalData(text: string): string {
  const masked = maskPersonalData(text)
  const rest = masked.replaceAll(hidden, ' ')
  if (rest === masked) return text
  const tidy = rest.replaceAll(/\s+/g, ' ').replaceAll(/^[\s,;.:!?-]+|[\s,;:-]{1,20}$/g, '')
  return /[\p{L}\p{N}]/u.test(tidy) ? tidy : ''
}
