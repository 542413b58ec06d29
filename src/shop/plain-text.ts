import { decodeHTML } from 'entities'

/** Maximum length that is read; longer than any text of the shop. */
const longestRead = 10_000

/** Converts the shop's HTML to one line of text: entities decoded, whitespace collapsed, normalized to NFC. */
export const plainLine = (html: string): string =>
  decodeHTML(html.slice(0, longestRead))
    .replace(/[\u00AD\u200B-\u200D\u2060]/g, '')
    .replace(/[\p{Cc}\p{Surrogate}]/gu, ' ') // half a surrogate pair is no character
    .replace(/\s+/g, ' ')
    .normalize('NFC')
    .trim()

/** The same for longer texts: `<br>` and paragraph ends become line breaks, other tags are dropped. */
export const plainText = (html: string): string =>
  html
    .slice(0, longestRead)
    .split(/<br\s*\/?>|<\/(?:p|li|div)>|\r?\n/i)
    .map(line => plainLine(line.replace(/<\/?[a-z][^<>]{0,500}>/gi, ' ')))
    .filter(line => line !== '')
    .join('\n')
