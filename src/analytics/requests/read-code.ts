/** What an operator asks for: the beginning of a request's code, or the id of one of its events. */
export type RequestCode = { kind: 'request'; code: string } | { kind: 'event'; eventId: string }

/** Length of a whole code; see `newRequestId`. */
export const wholeCode = 12
/** Fewer characters would fit too many requests. */
const shortestCode = 4

const uuid = /(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])/i
const codeText = /^[0-9A-HJKMNP-TV-Z]+$/

/** Characters that stand for others: Cyrillic letters of the same shape, and as Crockford's base32 reads O, I, L and U. */
const meant: Readonly<Record<string, string>> = {
  ...{ А: 'A', В: 'B', С: 'C', Е: 'E', Н: 'H', К: 'K', М: 'M', О: '0', Р: 'P', Т: 'T', Х: 'X', У: 'Y', З: '3' },
  ...{ O: '0', I: '1', L: '1', U: 'V' },
}
/** Words around a code as they are pasted with it. */
const labels = /^(?:код|коды|для|поддержки|номер|запроса?|ошибки|code|request|request_id|id|n|no)$/i

/**
 * Reads the code of a request in any spelling: the line of an apology, «код 1a2b…», in groups, in lower case, with № or
 * quotes, retyped in Cyrillic, or cut off at its end; or the uuid of an event. Null if the text holds none.
 */
export function readRequestCode(text: string): RequestCode | null {
  const clean = text
    .replaceAll('№', ' ')
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .slice(0, 2_000)
  const [eventId] = uuid.exec(clean) ?? []
  if (eventId !== undefined) return { kind: 'event', eventId: eventId.toLowerCase() }
  const words = clean.split(/[^\p{L}\p{N}_-]+/u).filter(word => word !== '' && !labels.test(word))
  // a Russian word of twelve letters is no code: one with a digit, or in Latin letters, is
  const whole = words.find(word => asCode(word).length === wholeCode && /^[\w-]+$|\d/.test(word))
  if (whole !== undefined && codeText.test(asCode(whole))) return { kind: 'request', code: asCode(whole) }
  const code = asCode(words.join(''))
  const isCode = code.length >= shortestCode && code.length <= wholeCode && codeText.test(code)
  return isCode ? { kind: 'request', code } : null
}

const asCode = (word: string): string =>
  [...word.toUpperCase()]
    .filter(letter => letter !== '-' && letter !== '_')
    .map(letter => meant[letter] ?? letter)
    .join('')
