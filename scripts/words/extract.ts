import { parseSync } from 'vite'

/** A piece of a file to be checked: prose as it stands, or an identifier. `offset` counts characters from the start of the file. */
export type Piece = { kind: 'prose' | 'identifiers'; text: string; offset: number }

const IDENTIFIER = /[A-Za-z_$][\w$]*/g
const COMPOUND = /[a-z\d][A-Z]|[A-Za-z\d]_[A-Za-z\d]/

/**
 * Comments, identifiers and string literals of a TypeScript or JavaScript file, by its syntax tree.
 * Throws an Error naming the file if it does not parse.
 */
export function piecesOfScript(path: string, source: string): Piece[] {
  const parsed = parseSync(path, source)
  const [error] = parsed.errors
  if (error) throw new Error(`${path}: ${error.message}`)
  const pieces: Piece[] = parsed.comments.map(comment => ({
    kind: 'prose',
    text: blankQuotations(comment.value),
    offset: comment.start + 2,
  }))
  collect(parsed.program, pieces)
  return pieces.sort((a, b) => a.offset - b.offset)
}

/** The whole text as prose, and its compound names as identifiers: Markdown, SQL, YAML, shell, CSS. */
export function piecesOfText(source: string): Piece[] {
  const text = blankQuotations(source)
  return [{ kind: 'prose', text, offset: 0 }, ...compoundNames(text, 0)]
}

/** Words of the plan in «» and code in backticks are quotations; blanked, so that positions stay. */
const blankQuotations = (text: string): string =>
  text.replace(/«[^»]*»|`[^`\n]*`/g, quotation => quotation.replace(/[^\n]/g, ' '))

function compoundNames(text: string, offset: number): Piece[] {
  return [...text.matchAll(IDENTIFIER)]
    .filter(([name]) => COMPOUND.test(name))
    .map(match => ({ kind: 'identifiers', text: match[0], offset: offset + match.index }))
}

/** Walks any node: the tree holds nodes, lists of nodes and plain values. */
function collect(node: unknown, pieces: Piece[]): void {
  if (Array.isArray(node)) for (const child of node) collect(child, pieces)
  if (!isNode(node)) return
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') {
    pieces.push({ kind: 'identifiers', text: String(node.name), offset: node.start })
  } else if (node.type === 'Literal' && typeof node.value === 'string') {
    pushString(node.value, node.start + 1, pieces)
  } else if (node.type === 'TemplateElement' && isTemplateValue(node.value)) {
    pushString(node.value.raw, node.start, pieces)
  }
  for (const child of Object.values(node)) if (typeof child === 'object') collect(child, pieces)
}

/** A string of one plain word is a value such as a column or a system's user; any other is prose or a compound name. */
function pushString(value: string, offset: number, pieces: Piece[]): void {
  const text = blankQuotations(value)
  if (/\W/.test(text)) pieces.push({ kind: 'prose', text, offset })
  pieces.push(...compoundNames(text, offset))
}

type Node = { type: string; start: number; name?: unknown; value?: unknown }

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value

const isTemplateValue = (value: unknown): value is { raw: string } =>
  typeof value === 'object' && value !== null && 'raw' in value && typeof value.raw === 'string'
