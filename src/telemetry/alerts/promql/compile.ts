import { parser } from '@prometheus-io/lezer-promql'
import { binary } from './binary.ts'
import { histogramQuantile } from './histogram-quantile.ts'
import { extreme, rangeFunctions } from './range-functions.ts'
import type { Matcher, Selector, SeriesStore } from './series-store.ts'
import { type InstantVector, onlyLabels, PromqlError, signature, type Value } from './vector.ts'

type Node = ReturnType<typeof parser.parse>['topNode']
type Evaluate = (store: SeriesStore, at: number) => Value

/** An expression of PromQL, ready to be evaluated again and again. */
export interface Compiled {
  /** What it reads. */
  selectors: readonly Selector[]
  /** Its value at a time, epoch ms. Throws PromqlError where vectors cannot be matched. */
  evaluate: Evaluate
}

/** How long the last sample of a series counts. */
const lookbackMs = 300_000

/**
 * Compiles what the alerts use of PromQL, with the semantics of Prometheus 3 (ranges and lookback exclude their left edge). Throws
 * PromqlError for anything else, so that a new rule fails its tests rather than an evaluation.
 */
export function compile(expr: string): Compiled {
  const selectors: Selector[] = []
  const text = ({ from, to }: Node) => expr.slice(from, to)
  const fail = (node: Node): never => {
    throw new PromqlError(`cannot evaluate ${node.name} «${text(node)}» in: ${expr}`)
  }
  const children = (node: Node): Node[] => {
    const found: Node[] = []
    for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child)
    return found
  }
  const labelNames = (node: Node | null | undefined) => (node == null ? [] : node.getChildren('LabelName').map(text))

  const numberOf = (node: Node): number => {
    const number = Number(text(node))
    return Number.isNaN(number) ? durationMs(text(node)) / 1000 : number
  }
  const selectorOf = (node: Node, windowMs: number): Selector => {
    const name = node.getChild('Identifier')
    if (node.name !== 'VectorSelector' || name === null) return fail(node)
    const matchers = children(node.getChild('LabelMatchers') ?? name).map(matcherOf)
    const selector = { name: text(name), matchers, windowMs }
    selectors.push(selector)
    return selector
  }
  const matcherOf = (node: Node): Matcher => {
    const [label, op, value] = children(node)
    if (node.name !== 'UnquotedLabelMatcher' || label === undefined || op === undefined || value === undefined)
      return fail(node)
    const quoted = text(value)
    if (!/^"[^"\\]*"$/.test(quoted)) return fail(value)
    return { label: text(label), matches: matching(text(op), quoted.slice(1, -1)) }
  }

  const compileNode = (node: Node): Evaluate => {
    const parts = children(node)
    const [first, second] = parts
    switch (node.name) {
      case 'ParenExpr':
        return first === undefined ? fail(node) : compileNode(first)
      case 'NumberDurationLiteral': {
        const number = numberOf(node)
        return () => number
      }
      case 'VectorSelector': {
        const selector = selectorOf(node, lookbackMs)
        return (store, at) => instant(store, selector, at)
      }
      case 'AggregateExpr':
        return aggregation(node)
      case 'FunctionCall':
        return first === undefined || second === undefined ? fail(node) : call(node, text(first), children(second))
      case 'BinaryExpr':
        return binaryExpr(node, parts)
      default:
        return fail(node)
    }
  }
  const vectorOf = (node: Node): ((store: SeriesStore, at: number) => InstantVector) => {
    const evaluate = compileNode(node)
    return (store, at) => {
      const value = evaluate(store, at)
      return typeof value === 'number' ? fail(node) : value
    }
  }

  const binaryExpr = (node: Node, parts: readonly Node[]): Evaluate => {
    const [left, op, ...rest] = parts
    const right = rest.pop()
    if (left === undefined || op === undefined || right === undefined) return fail(node)
    const clause = rest.find(({ name }) => name === 'MatchingModifierClause')
    const known = rest.every(({ name }) => name === 'BoolModifier' || name === 'MatchingModifierClause')
    if (!known || (clause !== undefined && (clause.getChild('On') === null || children(clause).length > 2)))
      return fail(node)
    const options = {
      op: op.name,
      bool: rest.some(({ name }) => name === 'BoolModifier'),
      on: clause === undefined ? undefined : labelNames(clause.getChild('GroupingLabels')),
    }
    const [a, b] = [compileNode(left), compileNode(right)]
    return (store, at) => binary(options, a(store, at), b(store, at))
  }

  const aggregation = (node: Node): Evaluate => {
    const op = node.getChild('AggregateOp')
    const modifier = node.getChild('AggregateModifier')
    const [argument, more] = children(node.getChild('FunctionCallBody') ?? node)
    const aggregate = op === null ? undefined : aggregations[text(op)]
    if (aggregate === undefined || argument === undefined || more !== undefined) return fail(node)
    if (modifier !== null && modifier.getChild('By') === null) return fail(modifier)
    const by = labelNames(modifier?.getChild('GroupingLabels'))
    const inner = vectorOf(argument)
    return (store, at) => {
      const groups = new Map<string, { labels: Record<string, string>; values: number[] }>()
      for (const { labels, value } of inner(store, at)) {
        const kept = onlyLabels(labels, by)
        const group = groups.get(signature(kept)) ?? { labels: kept, values: [] }
        group.values.push(value)
        groups.set(signature(kept), group)
      }
      return [...groups.values()].map(({ labels, values }) => ({ labels, value: aggregate(values) }))
    }
  }

  const call = (node: Node, name: string, args: readonly Node[]): Evaluate => {
    const [first, second] = args
    if (name === 'time' && first === undefined) return (_store, at) => at / 1000
    if (first === undefined) return fail(node)
    const overRange = rangeFunctions[name]
    if (overRange !== undefined) {
      const duration = first.getChild('DurationExpr')
      const inner = first.firstChild
      if (first.name !== 'MatrixSelector' || duration === null || inner === null) return fail(node)
      const selector = selectorOf(inner, durationMs(text(duration)))
      return (store, at) => ranges(store, selector, at, overRange)
    }
    if (name === 'vector' && first.name === 'NumberDurationLiteral') {
      const value = numberOf(first)
      return () => [{ labels: {}, value }]
    }
    if (name === 'absent') {
      const inner = vectorOf(first)
      const labels = equalities(first)
      return (store, at) => (inner(store, at).length > 0 ? [] : [{ labels, value: 1 }])
    }
    if (name === 'histogram_quantile' && second !== undefined && first.name === 'NumberDurationLiteral') {
      const [q, buckets] = [numberOf(first), vectorOf(second)]
      return (store, at) => histogramQuantile(q, buckets(store, at))
    }
    return fail(node)
  }
  /** Labels that `absent` gives its result: those that the selector requires. */
  const equalities = (node: Node) =>
    Object.fromEntries(
      (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).flatMap(matcher => {
        const [label, op, value] = children(matcher)
        const isEqual = label !== undefined && value !== undefined && op !== undefined && text(op) === '='
        return isEqual ? [[text(label), text(value).slice(1, -1)]] : []
      }),
    )

  const tree = parser.parse(expr).topNode
  tree.cursor().iterate(({ type, node }) => {
    if (type.isError) fail(node)
  })
  return { evaluate: compileNode(tree.firstChild ?? tree), selectors }
}

const aggregations: Record<string, (values: readonly number[]) => number> = {
  sum: values => values.reduce((a, b) => a + b, 0),
  min: values => extreme(values, (a, b) => a < b),
  max: values => extreme(values, (a, b) => a > b),
}

function instant(store: SeriesStore, selector: Selector, at: number): InstantVector {
  return store.select(selector).flatMap(({ labels, times, values, ends }) => {
    const index = times.findLastIndex(time => time <= at)
    const [time, value] = [times[index], values[index]]
    if (time === undefined || value === undefined || time <= at - lookbackMs) return []
    return ends.some(end => end > time && end <= at) ? [] : [{ name: selector.name, labels, value }]
  })
}

function ranges(
  store: SeriesStore,
  selector: Selector,
  at: number,
  overRange: NonNullable<(typeof rangeFunctions)[string]>,
): InstantVector {
  const start = at - selector.windowMs
  return store.select(selector).flatMap(({ labels, times, values }) => {
    const [from, to] = [firstAfter(times, start), firstAfter(times, at)]
    if (from === to) return []
    const value = overRange({ times: times.slice(from, to), values: values.slice(from, to), start, end: at })
    return value === undefined ? [] : [{ labels, value }]
  })
}

/** Index of the first time after `at`. */
function firstAfter(times: readonly number[], at: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? at) > at) high = middle
    else low = middle + 1
  }
  return low
}

const tests: Record<string, (value: string, wanted: string, pattern: RegExp) => boolean> = {
  '=': (value, wanted) => value === wanted,
  '!=': (value, wanted) => value !== wanted,
  '=~': (value, _, pattern) => pattern.test(value),
  '!~': (value, _, pattern) => !pattern.test(value),
}

function matching(op: string, wanted: string): (value: string) => boolean {
  const test = tests[op]
  if (test === undefined) throw new PromqlError(`no such matcher: ${op}`)
  const pattern = op.endsWith('~') ? new RegExp(`^(?:${wanted})$`, 's') : /^/
  return value => test(value, wanted, pattern)
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** `1h30m` in milliseconds. Throws PromqlError. */
export function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|[smhdw])/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) throw new PromqlError(`no duration: ${text}`)
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0)
}
