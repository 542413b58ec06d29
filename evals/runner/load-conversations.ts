import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { StartupError } from '../../src/errors.ts'
import { Conversation } from './conversation.ts'

type PathSegment = PropertyKey

/** Reads the conversations of all `*.yaml` below a folder. Throws StartupError that lists every mistake as `file:line: what`. */
export function loadConversations(folder: string): Conversation[] {
  const problems: string[] = []
  const places = new Map<string, string>()
  const all = readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .flatMap(name => {
      const read = readConversations(readFileSync(join(folder, name), 'utf8'))
      problems.push(...read.problems.map(({ line, problem }) => `${name}:${line}: ${problem}`))
      for (const { conversation, line } of read.conversations) {
        const before = places.get(conversation.id)
        if (before !== undefined)
          problems.push(`${name}:${line}: the id ${conversation.id} stands in ${before} already`)
        places.set(conversation.id, `${name}:${line}`)
      }
      return read.conversations.map(({ conversation }) => conversation)
    })
  if (problems.length > 0)
    throw new StartupError(
      `conversations that cannot be read:\n${problems.map(problem => `  - ${problem}`).join('\n')}`,
    )
  return all
}

interface Problem {
  line: number
  problem: string
}

/** The conversations of one file's text, each with its line, and what is wrong with the text. */
export function readConversations(text: string) {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const problems: Problem[] = document.errors.map(error => ({
    line: error.linePos?.[0].line ?? 1,
    problem: error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'is no YAML',
  }))
  if (problems.length > 0) return { conversations: [], problems }

  const items: unknown = document.toJS()
  if (!Array.isArray(items)) return { conversations: [], problems: [{ line: 1, problem: 'must be a list' }] }
  const lineOf = (path: readonly PathSegment[]) => lineAt(document, lines, path)
  const conversations = items.flatMap((item: unknown, i) => {
    const parsed = Conversation.safeParse(item)
    if (parsed.success) return [{ conversation: parsed.data, line: lineOf([i]) }]
    problems.push(...parsed.error.issues.flatMap(issue => describe(issue, [i], lineOf)))
    return []
  })
  return { conversations, problems }
}

/** An issue with its place; of a step that fits no kind, those of the kind it is meant to be. */
function describe(
  issue: z.core.$ZodIssue,
  at: readonly PathSegment[],
  lineOf: (path: readonly PathSegment[]) => number,
): Problem[] {
  const path = [...at, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = issue.errors.filter(issues => !issues.some(({ path }) => path.length === 1 && isMissingKind(path)))
    const [only] = meant
    if (only !== undefined && meant.length === 1) return only.flatMap(inner => describe(inner, path, lineOf))
  }
  const where = issue.path.filter(part => typeof part === 'string' && part !== 'steps').join('.')
  return [{ line: lineOf(path), problem: where === '' ? issue.message : `${where}: ${issue.message}` }]
}

const isMissingKind = (path: readonly PathSegment[]) =>
  ['say', 'press', 'wait_minutes', 'fault'].includes(String(path[0]))

/** The line of the innermost node of the path that there is. */
function lineAt(document: Document, lines: LineCounter, path: readonly PathSegment[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const keys = path.slice(0, length).map(key => (typeof key === 'number' ? key : String(key)))
    const key = keys.at(-1)
    const parent = document.getIn(keys.slice(0, -1), true)
    // the line of a key is where its name stands, not where its value begins
    const pair = isMap(parent) ? parent.items.find(item => String(item.key) === key) : undefined
    const node = pair === undefined ? document.getIn(keys, true) : pair.key
    const offset = isNode(node) ? node.range?.[0] : undefined
    if (offset !== undefined) return lines.linePos(offset).line
  }
  return 1
}
