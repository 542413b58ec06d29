import { type InstantVector, onlyLabels, PromqlError, signature, type Value, type VectorElement } from './vector.ts'

const arithmetic: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
}
const comparison: Record<string, (a: number, b: number) => boolean> = {
  Eql: (a, b) => a === b,
  Neq: (a, b) => a !== b,
  Gtr: (a, b) => a > b,
  Gte: (a, b) => a >= b,
  Lss: (a, b) => a < b,
  Lte: (a, b) => a <= b,
}

export interface BinaryOptions {
  /** Name of the operator in the grammar. */
  op: string
  bool: boolean
  /** Labels of `on (…)`; undefined compares all. */
  on: readonly string[] | undefined
}

const pick = (labels: VectorElement['labels'], on: readonly string[] | undefined) =>
  on === undefined ? labels : onlyLabels(labels, on)

/** Applies an operator of two vectors, a vector and a number, or two numbers. Vectors are matched one to one. */
export function binary(options: BinaryOptions, left: Value, right: Value): Value {
  const { op, bool, on } = options
  if (typeof left !== 'number' && typeof right !== 'number')
    return op in setOperators ? setOperation(op, on, left, right) : matched(options, left, right)
  if (typeof left === 'number' && typeof right === 'number') {
    const value = calculate(op, bool, left, right)
    if (value === undefined || (op in comparison && !bool)) throw new PromqlError('comparisons of numbers need bool')
    return value
  }
  const vector = typeof left === 'number' ? (right as InstantVector) : left
  const number = typeof left === 'number' ? left : (right as number)
  return vector.flatMap(sample => {
    const [a, b] = typeof left === 'number' ? [number, sample.value] : [sample.value, number]
    const value = calculate(op, bool, a, b)
    if (value === undefined) return []
    if (op in comparison && !bool) return [sample]
    return [{ labels: sample.labels, value }]
  })
}

/** undefined: a comparison that filters the element out. */
function calculate(op: string, bool: boolean, a: number, b: number): number | undefined {
  const compare = comparison[op]
  if (compare !== undefined) return compare(a, b) ? (bool ? 1 : a) : bool ? 0 : undefined
  const apply = arithmetic[op]
  if (apply === undefined) throw new PromqlError(`no such operator: ${op}`)
  return apply(a, b)
}

const setOperators: Record<string, true> = { And: true, Or: true, Unless: true }

function setOperation(
  op: string,
  on: readonly string[] | undefined,
  left: InstantVector,
  right: InstantVector,
): InstantVector {
  const keyOf = ({ labels }: VectorElement) => signature(pick(labels, on))
  if (op === 'Or') {
    const present = new Set(left.map(keyOf))
    return [...left, ...right.filter(sample => !present.has(keyOf(sample)))]
  }
  const there = new Set(right.map(keyOf))
  return left.filter(sample => there.has(keyOf(sample)) === (op === 'And'))
}

function matched({ op, bool, on }: BinaryOptions, left: InstantVector, right: InstantVector): InstantVector {
  const byKey = new Map<string, VectorElement>()
  for (const sample of right) {
    const key = signature(pick(sample.labels, on))
    if (byKey.has(key)) throw new PromqlError(`several elements on the right side match ${key}`)
    byKey.set(key, sample)
  }
  const seen = new Set<string>()
  return left.flatMap(sample => {
    const key = signature(pick(sample.labels, on))
    const other = byKey.get(key)
    if (other === undefined) return []
    const value = calculate(op, bool, sample.value, other.value)
    if (value === undefined) return []
    if (seen.has(key)) throw new PromqlError(`several elements on the left side match ${key}`)
    seen.add(key)
    const name = op in comparison && !bool && on === undefined ? sample.name : undefined
    return [{ name, labels: pick(sample.labels, on), value }]
  })
}
