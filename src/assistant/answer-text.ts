import { decodeHTML } from 'entities'

const longest = 3_500

/** Whatever Telegram's apps would turn into a link: an address with or without its scheme, and a name with its @. */
const url =
  /[a-z][a-z\d+.-]*:\/\/\S+|(?:www\.)\S+|(?<![\p{L}\d@.])(?:(?:[a-z\d-]+\.)+[a-z]{2,24}|(?:[\p{L}\d-]+\.)+(?:ru|рф|com|org|net|me|io|su|app|shop|store))(?:[/?#]\S*)?(?![\p{L}\d])|(?<![\p{L}\d_.])@[a-z]\w{3,31}/giu

/** What the model wrote as plain text a bot may send: no markup, no links, at most 3500 characters; null when nothing is left. */
export function answerText(raw: string, { hasCart, isCut }: { hasCart: boolean; isCut: boolean }): string | null {
  const plain = withoutLinks(withoutMarkup(raw))
  const lines = plain.split('\n').map(line => line.replace(/[ \t]+/g, ' ').trim())
  const text = (hasCart ? withoutPriceList(lines) : lines)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  const whole = isCut ? upToLastSentence(text) : text
  return whole === '' ? null : shorten(whole)
}

function withoutMarkup(raw: string): string {
  const withoutTags = raw
    .replace(/<br\s*\/?>|<\/(?:p|div|li|h\d)>/gi, '\n')
    .replace(/<!--.*?-->/gs, '')
    .replace(/<\/?[a-z][^<>]{0,500}>/gi, '')
  return decodeHTML(withoutTags)
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .replace(/(?![\n\t\u200d])[\p{Cc}\p{Cf}]/gu, '') // joined emoji keep their joiner
    .replace(/^[ \t]*```[^\n]*$/gm, '')
    .replace(/!?\[([^\]\n]*)\]\([^)\n]*\)/g, '$1')
    .replace(/^[ \t]{0,3}#{1,6}[ \t]+/gm, '')
    .replace(/^[ \t]{0,3}>[ \t]?/gm, '')
    .replace(/^[ \t]*(?:[-*_][ \t]*){3,}$/gm, '')
    .replace(/^([ \t]*)[*+][ \t]+/gm, '$1- ')
    .replace(/(\*\*|__|~~)(?=\S)([^\n]*?\S)\1/g, '$2')
    .replace(/(?<![\p{L}\d*_])([*_])(?=\S)([^\n*_]*?\S)\1(?![\p{L}\d*_])/gu, '$2')
    .replace(/`([^`\n]*)`/g, '$1')
}

/** Links come from the bot alone; a line that only introduced one goes with it. */
function withoutLinks(text: string): string {
  return text
    .split('\n')
    .flatMap(line => {
      const left = line.replace(url, '').replace(/\(\s*\)|\[\s*\]|<\s*>/g, '')
      if (left === line) return [line]
      const isLabel =
        !/\p{L}/u.test(left) ||
        /(?:ссылк\p{L}*|корзин\p{L}*|вот она|сюда|здесь)?[\s:–—-]*$/iu.exec(left.trim())?.index === 0
      return isLabel || /[:–—-]\s*$/.test(left) ? [] : [left.replace(/\s+([.,!?])/g, '$1')]
    })
    .join('\n')
}

const money = /\d[\d\s.,]*\s*(?:₽|руб(?:\.|л[а-я]*)?|р\.)(?![\p{L}])/iu
const item = /^\s*(?:[-–—•·]|\d{1,2}[.)])\s*/u
const sum = /^\s*(?:итого|всего|общая (?:сумма|стоимость)|сумма|стоимость|цена|к оплате)(?![\p{L}])/iu
const arithmetic = /\d\s*[×x*х]\s*\d[\d.,\s]*(?:=|₽)/iu

/** The bot itself lists what is in a cart and what it costs; the model's version may be wrong. */
function withoutPriceList(lines: string[]): string[] {
  const isPriced = (line: string) =>
    ((item.test(line) || sum.test(line)) && money.test(line)) ||
    arithmetic.test(line) ||
    (sum.test(line) && /\d/.test(line))
  const kept = lines.filter(line => !isPriced(line))
  if (kept.length === lines.length) return lines
  // The line that announced the list announces nothing now.
  return kept.filter((line, i) => !(line.endsWith(':') && !item.test(kept[i + 1] ?? '')))
}

/** An answer broken off in mid-sentence ends where the last whole one did. */
function upToLastSentence(text: string): string {
  const end = Math.max(...['. ', '.\n', '! ', '!\n', '? ', '?\n', '\n'].map(mark => text.lastIndexOf(mark)))
  return end > 0 ? text.slice(0, end + 1).trim() : `${text}…`
}

function shorten(text: string): string {
  if (text.length <= longest) return text
  const cut = text.slice(0, longest - 1)
  const end = Math.max(cut.lastIndexOf('\n'), cut.lastIndexOf(' '))
  const kept = (end > longest / 2 ? cut.slice(0, end) : cut).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept.trimEnd()}…`
}
