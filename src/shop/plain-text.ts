import { decodeHTML } from 'entities'

/** Longer than any text the shop has; what follows is not read. */
const longestRead = 10_000

/** One line of text from the shop's HTML-encoded one: entities decoded, every kind of space a plain single one, letters composed (NFC). */
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
