const label = String.raw`[a-z\d-]{1,63}`
const anyLabel = String.raw`[\p{L}\d-]{1,63}`
const knownEndings =
  'ru|рф|рус|москва|онлайн|сайт|дети|орг|ком|бел|укр|бг|срб|мкд|мон|қаз|ею|католик|com|org|net|me|io|su|app|shop|store'
const rest = String.raw`(?:[/?#:]\S*)?(?![\p{L}\d])`

/**
 * Whatever Telegram's apps would turn into a link: an address with or without its scheme, a mailbox, a number of a machine,
 * a name with its @, a command of another bot. Every repetition is bounded, so that no text takes longer than its length allows.
 */
const link = new RegExp(
  [
    String.raw`[a-z][a-z\d+.-]{0,30}:\/\/\S+`,
    String.raw`www\.[^\s\u2060]\S*`,
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

/** WORD JOINER: nothing is seen of it, no word is broken at it, and no address, tag or number goes on over it. */
const joiner = '\u2060'
/**
 * Where something pressable would go on, by the rules of Telegram's own parser (TDLib, `MessageEntity.cpp`): the dot of a
 * name of any ending, a scheme, a mailbox or mention, a command, a hashtag, a cashtag.
 */
const marks =
  /[.\u3002\uff0e\uff61](?=\p{L})|:(?=\/\/)|@(?=[\p{L}\p{N}_])|(?<![\p{L}\p{N}_/<>])\/(?=\w)|#(?=[\p{L}\p{N}_\u200c\u00b7])|\$(?=[A-Z\d])/gu
/** Numbers of machines, then seven digits and more with what stands between those of phones and bank cards. */
const numbers = /\d{1,3}(?:\.\d{1,3}){3,}|\+?\d(?:[\s()./\u2010-\u2015-]{0,3}\d){6,}/gu

/** The text as it reads, but nothing in it can be pressed: «Dr.Oetker» gets an invisible sign after its dot. */
export const defuseLinks = (text: string): string =>
  text.replace(marks, `$&${joiner}`).replace(numbers, number => number.replace(/[\d.](?=.)/gsu, `$&${joiner}`))
