/**
 * Texts of alerts, written once for two readers. `{share}`, `{duration}` and `{count}` stand for the value of the alert,
 * `{count:one|few|many}` for it with a noun, `{users}` for the number of users affected, `{label.NAME}` for a label.
 * Prometheus gets a Go template, the bot the text itself; both apply the same replacements to the same first format.
 */

/** RE2 and JavaScript alike: no backslash, no lookaround, no `$1` before a letter or digit. */
type Replacement = readonly [pattern: string, by: string]

const nbsp = '\u00a0'
const comma: Replacement = ['[.]', ',']
/** One digit after the point is enough for a message. */
const oneDecimal: Replacement = ['([.][0-9])[0-9]+', '$1']

const shareAsRussian: readonly Replacement[] = [oneDecimal, comma, ['%', `${nbsp}%`]]
const durationAsRussian: readonly Replacement[] = [
  ['m 0s$', 'm'],
  ['h 0m$', 'h'],
  ['d 0h$', 'd'],
  oneDecimal,
  comma,
  ['ms$', `${nbsp}мс`],
  ['s$', `${nbsp}с`],
  ['m( |$)', `${nbsp}мин$1`],
  ['h( |$)', `${nbsp}ч$1`],
  ['d( |$)', `${nbsp}д$1`],
]
const thousands: readonly Replacement[] = [
  ['([0-9])([0-9]{3})$', `$1${nbsp}$2`],
  [`([0-9])([0-9]{3}${nbsp})`, `$1${nbsp}$2`],
]
const withNoun = (nouns: string): readonly Replacement[] => {
  const [one, few, many] = nouns.split('|')
  return [
    ...thousands,
    ['^((?:.*[^1])?1)$', `$1${nbsp}${one}`],
    ['^((?:.*[^1])?[234])$', `$1${nbsp}${few}`],
    ['^(.*[0-9])$', `$1${nbsp}${many}`],
  ]
}
const usersNoun = 'человек|человека|человек'

const formatOf = (
  kind: string,
): { go: string; text: (value: number) => string; replacements: readonly Replacement[] } => {
  if (kind === 'share') return { go: 'humanizePercentage', text: humanizePercentage, replacements: shareAsRussian }
  if (kind === 'duration') return { go: 'humanizeDuration', text: humanizeDuration, replacements: durationAsRussian }
  if (kind === 'count') return { go: 'printf "%.0f"', text: whole, replacements: thousands }
  if (kind.startsWith('count:'))
    return { go: 'printf "%.0f"', text: whole, replacements: withNoun(kind.slice('count:'.length)) }
  throw new Error(`no such placeholder: {${kind}}`)
}

const fill = (text: string, replace: (placeholder: string) => string) =>
  text.replaceAll(/\{([^{}]+)\}/g, (_, placeholder: string) => replace(placeholder))

/** The text as a Go template of Prometheus; `users` is the query for the number of users affected. */
export function toGoTemplate(text: string, users: string | undefined): string {
  const piped = (go: string, replacements: readonly Replacement[]) =>
    [go, ...replacements.map(([pattern, by]) => `reReplaceAll "${pattern}" "${by}"`)].join(' | ')
  return fill(text, placeholder => {
    if (placeholder.startsWith('label.')) return `{{ $labels.${placeholder.slice('label.'.length)} }}`
    if (placeholder === 'users') {
      if (users === undefined) throw new Error(`{users} in the text of an alert that affects none: ${text}`)
      const query = `query (printf "${users}{env='%s'}" $labels.env)`
      return `{{ with ${query} }}{{ . | first | value | ${piped('printf "%.0f"', withNoun(usersNoun))} }}{{ else }}неизвестно{{ end }}`
    }
    const { go, replacements } = formatOf(placeholder)
    return `{{ $value | ${piped(go, replacements)} }}`
  })
}

export interface TextValues {
  value: number
  /** null if unknown. */
  users: number | null
  labels: Record<string, string>
}

/** The text with its values. */
export function toText(text: string, { value, users, labels }: TextValues): string {
  const format = (number: number, show: (value: number) => string, replacements: readonly Replacement[]) =>
    replacements.reduce((shown, [pattern, by]) => shown.replaceAll(new RegExp(pattern, 'g'), by), show(number))
  return fill(text, placeholder => {
    if (placeholder.startsWith('label.')) return labels[placeholder.slice('label.'.length)] ?? ''
    if (placeholder === 'users') return users === null ? 'неизвестно' : format(users, whole, withNoun(usersNoun))
    const { text: show, replacements } = formatOf(placeholder)
    return format(value, show, replacements)
  })
}

/** `%.4g` of Go, for values below 10 000. */
const fourDigits = (value: number) => `${Number(value.toPrecision(4))}`

/** `%.0f` of Go: halves go to the even neighbour. */
function whole(value: number): string {
  const floor = Math.floor(value)
  return `${value - floor === 0.5 ? floor + (Math.abs(floor) % 2) : Math.round(value)}`
}

const humanizePercentage = (ratio: number) => `${fourDigits(ratio * 100)}%`

/** As the template function of Prometheus (`template/template.go`), for seconds that are not negative. */
function humanizeDuration(seconds: number): string {
  if (seconds < 1) return seconds === 0 ? '0s' : `${fourDigits(seconds * 1000)}ms`
  const total = Math.trunc(seconds)
  const [d, h, m, s] = [
    Math.floor(total / 86_400),
    Math.floor(total / 3600) % 24,
    Math.floor(total / 60) % 60,
    total % 60,
  ]
  if (d > 0) return `${d}d ${h}h ${m}m ${s}s`
  if (h > 0) return `${h}h ${m}m ${s}s`
  return m > 0 ? `${m}m ${s}s` : `${fourDigits(seconds)}s`
}
