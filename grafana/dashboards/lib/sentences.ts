import type { LogFieldTypes } from '../../../src/telemetry/log-catalogue.ts'
import { logEvents, upstreams } from './labels.ts'
import { namesOfValues } from './series-names.ts'

/** As `json` names them: what is within `err` is joined by an underscore. */
type Shown = Exclude<keyof LogFieldTypes, 'err'> | 'err_code' | 'err_message'

interface SentencePart {
  field: Shown
  before: string
  after?: string
  /** A value that says nothing. */
  empty?: string
}

/** What a sentence says after the name of its event, in this order; the fields that a line does not have are left out. */
const parts: readonly SentencePart[] = [
  { field: 'update_type', before: ', ' },
  { field: 'command', before: ' ', empty: 'none' },
  { field: 'tool', before: ' ' },
  { field: 'upstream', before: ' ' },
  { field: 'operation', before: ' ' },
  { field: 'function_name', before: ', просит ' },
  { field: 'event_type', before: ': ' },
  { field: 'task', before: ' ' },
  { field: 'setting', before: ' ' },
  { field: 'model', before: ', ' },
  { field: 'outcome', before: ': ' },
  { field: 'status', before: ', ответ ' },
  { field: 'error_name', before: ', ' },
  { field: 'err_code', before: ', ' },
  { field: 'err_message', before: ': ' },
  { field: 'reason', before: ', ' },
  { field: 'detail', before: ', ' },
  { field: 'attempt', before: ', попытка ' },
  { field: 'count', before: ', ' },
  { field: 'response_time_ms', before: ', ', after: ' мс' },
  { field: 'duration_ms', before: ', ', after: ' мс' },
  { field: 'wait_ms', before: ', ждали поток ', after: ' мс', empty: '0' },
  { field: 'billable_tokens', before: ', токенов ' },
  { field: 'cost_rub', before: ', ', after: ' ₽' },
  { field: 'request_id', before: ' · код ' },
]

/** A Go template that writes the value of the dot, in words where it has any. */
export function inWords(names: Readonly<Record<string, string>>): string {
  const branches = Object.entries(names).map(([value, name]) => `if eq . "${value}" }}${name}{{ else `)
  return branches.length === 0 ? '{{ . }}' : `{{ ${branches.join('')}}}{{ . }}{{ end }}`
}

/** `with` leaves out a label that a line does not have. */
function templateOf({ field, before, after = '', empty }: SentencePart): string {
  const names = field === 'upstream' ? upstreams : namesOfValues(field)
  const text = `${before}${inWords(names)}${after}`
  return `{{ with .${field} }}${empty === undefined ? text : `{{ if ne . "${empty}" }}${text}{{ end }}`}{{ end }}`
}

const sentence = [`{{ with .event }}${inWords(logEvents)}{{ end }}`, ...parts.map(templateOf)].join('')

/**
 * Writes the lines of a LogQL query as sentences; their fields are in the details of a line. The code of the request ends a
 * sentence, so that the link of the data source finds it.
 */
export const asSentences = (query: string): string => `${query} | json | line_format \`${sentence}\``
