const label = String.raw`[a-z\d-]{1,63}`
const anyLabel = String.raw`[\p{L}\d-]{1,63}`
const knownEndings = 'ru|рф|рус|москва|онлайн|сайт|дети|орг|ком|бел|укр|com|org|net|me|io|su|app|shop|store'
const rest = String.raw`(?:[/?#:]\S*)?(?![\p{L}\d])`

/**
 * Whatever Telegram's apps would turn into a link: an address with or without its scheme, a mailbox, a number of a machine,
 * a name with its @, a command of another bot. Every repetition is bounded, so that no text takes longer than its length allows.
 */
const link = new RegExp(
  [
    String.raw`[a-z][a-z\d+.-]{0,30}:\/\/\S+`,
    String.raw`www\.\S+`,
    String.raw`[\p{L}\d._%+-]{1,64}@(?:${anyLabel}\.){1,8}\p{L}{2,24}`,
    String.raw`(?<![\p{L}\d@-])(?:${label}\.){1,8}(?:xn--[a-z\d-]{2,40}|[a-z]{2,24})${rest}`,
    String.raw`(?<![\p{L}\d@-])(?:${anyLabel}\.){1,8}(?:${knownEndings})${rest}`,
    String.raw`(?<!\d|\d\.)(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)(?:[:/]\S*)?`,
    String.raw`(?<![\p{L}\d_/])\/\w{1,64}@\w{1,64}`,
    String.raw`(?<![\p{L}\d_])@[a-z]\w{3,31}`,
  ].join('|'),
  'giu',
)

/** The text without its links. */
export const dropLinks = (text: string): string => text.replace(link, '')

/** The text with its links taken apart, so that they can be read and not pressed: «Dr.Oetker» becomes «Dr. Oetker». */
export const defuseLinks = (text: string): string =>
  text.replace(/\S+/g, word => (dropLinks(word) === word ? word : word.replace(/[.:@](?=\S)/g, '$& ')))
