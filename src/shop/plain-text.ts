import { decodeHTML } from 'entities'

/** One line of text from the shop's HTML-encoded one: entities decoded, every kind of space a plain single one. */
export const plainLine = (html: string): string =>
  decodeHTML(html)
    .replace(/[\u00AD\u200B-\u200D\u2060]/g, '')
    .replace(/\s+/g, ' ')
    .trim()

/** The same for longer texts: `<br>` and paragraph ends become line breaks, other tags are dropped. */
export const plainText = (html: string): string =>
  html
    .split(/<br\s*\/?>|<\/(?:p|li|div)>|\r?\n/i)
    .map(line => plainLine(line.replace(/<\/?[a-z][^>]*>/gi, ' ')))
    .filter(line => line !== '')
    .join('\n')
