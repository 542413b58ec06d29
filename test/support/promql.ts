import { parser } from '@prometheus-io/lezer-promql'

type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

/** What can be asked for: by name of a series, its labels and the values seen of each. */
export type KnownSeries = Map<string, Map<string, Set<string>>>

/** Names, labels and values of a scrape in the text format. */
export function readSeries(scrape: string, known: KnownSeries = new Map()): KnownSeries {
  for (const [, name = '', labels = ''] of scrape.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /gm)) {
    const values = known.get(name) ?? new Map<string, Set<string>>()
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      values.set(label, (values.get(label) ?? new Set()).add(value))
    }
    known.set(name, values)
  }
  return known
}

/** Adds to a scrape what Prometheus itself puts on its series, and the series it makes of the scrape. */
export function addScrapeLabels(known: KnownSeries, jobs: readonly string[]): KnownSeries {
  known.set('up', new Map())
  for (const labels of known.values()) labels.set('job', new Set(jobs)).set('instance', new Set())
  return known
}

interface Selector {
  metric: string
  matchers: { label: string; operator: string; value: string }[]
}

/**
 * What is wrong with a PromQL expression, in words: it cannot be read, or asks for a metric, label or label value that
 * there is not. Labels whose values are not known beforehand (an empty set, `env`, `instance`) take any value.
 */
export function checkPromql(expr: string, known: KnownSeries): string[] {
  const problems: string[] = []
  const grouping = new Set<string>()
  const used: Selector[] = []
  const words = (node: SyntaxNode) => expr.slice(node.from, node.to)
  each(parser.parse(expr).topNode, node => {
    if (node.type.isError) problems.push(`syntax error at ${node.from}: ${expr.slice(node.from, node.from + 30)}`)
    if (node.name === 'VectorSelector') used.push(readSelector(node, words))
    if (node.name === 'GroupingLabels')
      each(node, inner => void (inner.name === 'LabelName' && grouping.add(words(inner))))
  })
  for (const { metric, matchers } of used) {
    const labels = known.get(metric)
    if (labels === undefined) problems.push(`no such metric: ${metric}`)
    else for (const matcher of matchers) problems.push(...checkMatcher(metric, matcher, labels))
  }
  const everywhere = new Set(used.flatMap(({ metric }) => [...(known.get(metric)?.keys() ?? [])]))
  for (const label of grouping) if (!everywhere.has(label)) problems.push(`no such label to group by: ${label}`)
  return problems
}

const anyValue = ['env', 'service_name', 'instance', 'version']

function checkMatcher(
  metric: string,
  matcher: Selector['matchers'][number],
  labels: Map<string, Set<string>>,
): string[] {
  const values = labels.get(matcher.label)
  if (values === undefined) return [`${metric} has no label ${matcher.label}`]
  if (anyValue.includes(matcher.label) || values.size === 0) return []
  const wanted = matcher.operator.includes('~') ? matcher.value.split('|') : [matcher.value]
  return wanted
    .filter(value => value !== '' && !values.has(value))
    .map(value => `${metric}{${matcher.label}} is never ${value}`)
}

function readSelector(node: SyntaxNode, words: (node: SyntaxNode) => string): Selector {
  const name = node.getChild('Identifier')
  const matchers: Selector['matchers'] = []
  each(node, inner => {
    if (inner.name !== 'UnquotedLabelMatcher') return
    const [label, operator, value] = [inner.getChild('LabelName'), inner.getChild('MatchOp'), inner.lastChild]
    matchers.push({
      label: label === null ? '' : words(label),
      operator: operator === null ? '' : words(operator),
      value: value === null ? '' : words(value).slice(1, -1),
    })
  })
  return { metric: name === null ? '' : words(name), matchers }
}

function each(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node)
  for (let child = node.firstChild; child !== null; child = child.nextSibling) each(child, visit)
}
