import { type Piece, piecesOfScript, piecesOfText } from './extract.ts'
import { WORD_RULES } from './rules.ts'

export type Finding = { path: string; line: number; word: string; say: string }

const SCRIPT = /\.(?:ts|js|mjs)$/
const TEXT = /\.(?:md|sql|ya?ml|sh|css|html|logql|tmpl|env|npmrc)$|(?:^|\/)(?:Dockerfile|\.env\.example|run)$/

// Generated, recorded or quoted as a whole; with an option of that name; and the table itself.
const EXEMPT = [
  /^bench\/habr-day\/cli\.ts$/,
  /^scripts\/words\//,
  /^docs\/(?:images\/|metrics\.md$)/,
  /^grafana\/generated\//,
  /^migrations\/schema\.sql$/,
]

/** True if the file holds prose or names of the project. */
export const isChecked = (path: string): boolean =>
  (SCRIPT.test(path) || TEXT.test(path)) && !EXEMPT.some(pattern => pattern.test(path))

/** The words of the table in one file and in its name, in the order of lines. `path` is relative to the repository. */
export function findWords(path: string, source: string): Finding[] {
  const pieces = SCRIPT.test(path) ? piecesOfScript(path, source) : piecesOfText(source)
  const inName = findInPiece({ kind: 'prose', text: path, offset: 0 }).map(found => ({ ...found, line: 1 }))
  const inText = pieces.flatMap(findInPiece).map(found => ({ ...found, line: lineAt(source, found.offset) }))
  const seen = new Set<string>()
  return [...inName, ...inText]
    .map(({ line, word, say }) => ({ path, line, word, say }))
    .filter(({ line, word }) => !seen.has(`${line} ${word}`) && seen.add(`${line} ${word}`))
}

function findInPiece({ kind, text, offset }: Piece): { offset: number; word: string; say: string }[] {
  const readable = kind === 'prose' ? text : splitName(text)
  return PATTERNS.filter(rule => rule.only === undefined || rule.only === kind).flatMap(({ pattern, say }) =>
    [...readable.matchAll(pattern)].map(match => ({
      offset: kind === 'prose' ? offset + match.index : offset,
      word: kind === 'prose' ? match[0].replace(new RegExp(GAP, 'g'), ' ') : text,
      say,
    })),
  )
}

// A phrase may go on in the next line, after that line's comment mark.
const GAP = String.raw`\s+(?:(?:\*|#|--|//|>)\s+)?`

const PATTERNS = WORD_RULES.map(rule => ({
  ...rule,
  pattern: new RegExp(rule.avoid.source.replaceAll(' ', GAP), 'gi'),
}))

const splitName = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/[_$]+/g, ' ')

const lineAt = (source: string, offset: number): number => source.slice(0, offset).split('\n').length
