/** Telegram HTML that is valid by construction: only `html` makes it, and it escapes whatever is put in. */
export interface Html {
  readonly source: string
}

type Insert = Html | string | number

/** Template of Telegram HTML: plain values are escaped, other `Html` is inserted as it is. */
export function html(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  const source = strings.map((text, i) => text + sourceOf(inserts[i] ?? '')).join('')
  return { source }
}

/** Puts `separator` between the parts. */
export const joinHtml = (parts: readonly Html[], separator: string): Html => ({
  source: parts.map(part => part.source).join(escapeHtml(separator)),
})

/** The text that a user sees. */
export const plainText = ({ source }: Html): string =>
  source
    .replace(/<[^<>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')

const sourceOf = (insert: Insert): string =>
  typeof insert === 'object' ? insert.source : escapeHtml(typeof insert === 'number' ? String(insert) : insert)

// half a surrogate pair is not UTF-8: Telegram would refuse the whole message
const escapeHtml = (text: string): string =>
  text
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
