import { parser } from '@grafana/lezer-logql'
import { type LogEvent, logCatalogue } from '../log-catalogue.ts'

type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

const streamLabels = ['service_name', 'env', 'level', 'event']
/** Fields that the logger and pino write on lines of every event. */
const fieldsOfEveryLine = [
  'request_id',
  'user_id',
  'since_ms',
  'time',
  'level',
  'event',
  'msg',
  'err.type',
  'err.code',
  'err.message',
]
const levels = ['debug', 'info', 'warning', 'error', 'critical']
const needNoUnwrap = ['CountOverTime', 'BytesOverTime', 'AbsentOverTime', 'Rate', 'BytesRate']

/**
 * Returns the problems of a LogQL query as texts; an empty array for a valid one. Beyond the grammar: a range aggregation
 * over values needs unwrap, a selector has its service and only existing labels, and fields read from lines are declared.
 */
export function checkLogql(query: string): string[] {
  const text = substituteVariables(query)
  const problems: string[] = []
  const root = parser.parse(text).topNode
  const words = (node: SyntaxNode) => text.slice(node.from, node.to)

  each(root, node => {
    if (node.type.isError) problems.push(`syntax error at ${node.from}: ${text.slice(node.from, node.from + 30)}`)
    if (node.name === 'RangeAggregationExpr') {
      const operation = node.getChild('RangeOp')?.firstChild?.name ?? ''
      if (!needNoUnwrap.includes(operation) && !contains(node, 'UnwrapExpr')) {
        problems.push(`${operation} without unwrap`)
      }
    }
    if (node.name === 'Selector') problems.push(...checkSelector(matchers(node, words)))
  })
  if (problems.length > 0) return problems // the checks below need a complete syntax tree

  const events = selectedEvents(root, words)
  for (const field of readFields(root, words)) {
    if (!isKnownField(field, events)) problems.push(`field ${field} is in no line of ${events.join(', ')}`)
  }
  return problems
}

interface Matcher {
  label: string
  operator: string
  values: string[]
}

function checkSelector(found: Matcher[]): string[] {
  const problems: string[] = []
  const service = found.find(({ label }) => label === 'service_name')
  if (service === undefined || service.operator !== '=') problems.push('selector without service_name')
  for (const { label, values } of found) {
    if (!streamLabels.includes(label)) problems.push(`no such label: ${label}`)
    const known = label === 'event' ? Object.keys(logCatalogue) : label === 'level' ? levels : values
    problems.push(...values.filter(value => !known.includes(value)).map(value => `no such ${label}: ${value}`))
  }
  return problems
}

/** Events that a query selects: those it names, or all. */
function selectedEvents(root: SyntaxNode, words: (node: SyntaxNode) => string): LogEvent[] {
  const all = Object.keys(logCatalogue) as LogEvent[]
  const named = new Set<string>()
  let everySelectorNames = true
  each(root, node => {
    if (node.name !== 'Selector') return
    const event = matchers(node, words).find(({ label, operator }) => label === 'event' && !operator.startsWith('!'))
    if (event === undefined) everySelectorNames = false
    for (const value of event?.values ?? []) named.add(value)
  })
  return everySelectorNames ? all.filter(event => named.has(event)) : all
}

/** Paths read by `| json name="path"`. */
function readFields(root: SyntaxNode, words: (node: SyntaxNode) => string): string[] {
  const fields: string[] = []
  each(root, node => {
    if (node.name !== 'LabelExtractionExpression') return
    const path = node.getChild('String') ?? node.getChild('Identifier')
    if (path !== null) fields.push(unquote(words(path)))
  })
  return fields
}

function isKnownField(field: string, events: readonly LogEvent[]): boolean {
  if (fieldsOfEveryLine.includes(field)) return true
  return events.some(event => (logCatalogue[event].fields as readonly string[]).includes(field))
}

function matchers(selector: SyntaxNode, words: (node: SyntaxNode) => string): Matcher[] {
  const found: Matcher[] = []
  each(selector, node => {
    if (node.name !== 'Matcher') return
    const [label, operator, value] = [node.firstChild, node.firstChild?.nextSibling, node.lastChild].map(part =>
      part ? words(part) : '',
    )
    const text = unquote(value ?? '')
    found.push({
      label: label ?? '',
      operator: operator ?? '',
      values: operator?.includes('~') ? text.split('|') : [text],
    })
  })
  return found
}

/** Substitutes variables as Grafana does: durations for its own, a value for the others. */
const substituteVariables = (query: string) =>
  query.replace(/\$__(?:interval|rate_interval|auto|range)\b/g, '5m').replace(/\$\{?\w+(?::[a-z]+)?\}?/g, '1')

const unquote = (text: string) => text.replace(/^["`]|["`]$/g, '')

function contains(node: SyntaxNode, name: string): boolean {
  let found = false
  each(node, inner => {
    found ||= inner.name === name
  })
  return found
}

function each(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node)
  for (let child = node.firstChild; child !== null; child = child.nextSibling) each(child, visit)
}
