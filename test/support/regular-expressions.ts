import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseAst } from 'vitest/node'

export interface FoundExpression {
  file: string
  source: string
  flags: string
}

const root = new URL('../../', import.meta.url).pathname

/** Source files of production code below these folders, or these files themselves. */
function sourcesOf(folders: readonly string[]): string[] {
  return folders.flatMap(folder =>
    folder.endsWith('.ts')
      ? [folder]
      : readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
          .filter(name => name.endsWith('.ts') && !/\.test\.ts$|(?:^|\/)testing\//.test(name))
          .map(name => join(folder, name)),
  )
}

/**
 * Every regular expression of the code below `folders`: literals from its syntax tree, and what `new RegExp` builds while
 * its modules load.
 */
export async function findExpressions(folders: readonly string[]): Promise<FoundExpression[]> {
  const found: FoundExpression[] = []
  const native = globalThis.RegExp
  let file = ''
  try {
    globalThis.RegExp = new Proxy(native, {
      construct(target, args, newTarget) {
        const made: RegExp = Reflect.construct(target, args, newTarget)
        found.push({ file, source: made.source, flags: made.flags })
        return made
      },
    })
    for (file of sourcesOf(folders)) {
      for (const { pattern, flags } of literalsIn(parseAst(readFileSync(join(root, file), 'utf8'), { lang: 'ts' })))
        found.push({ file, source: pattern, flags })
      await import(pathToFileURL(join(root, file)).href)
    }
  } finally {
    globalThis.RegExp = native
  }
  const ours = found.filter(({ source }) => source !== '')
  return [...new Map(ours.map(one => [`/${one.source}/${one.flags}`, one])).values()]
}

function literalsIn(node: unknown): { pattern: string; flags: string }[] {
  if (typeof node !== 'object' || node === null) return []
  if ('regex' in node && isLiteral(node.regex)) return [node.regex]
  return Object.values(node).flatMap(literalsIn)
}

const isLiteral = (value: unknown): value is { pattern: string; flags: string } =>
  typeof value === 'object' && value !== null && 'pattern' in value && 'flags' in value

const escapes: Record<string, string> = {
  d: '1',
  D: 'x',
  w: 'a',
  W: ' ',
  s: ' ',
  S: 'x',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '',
  B: '',
}

/** Signs that the parts of an expression match, in order: what a hostile text against it is made of. */
function signsOf(source: string): string[] {
  const plain = source
    .replace(/\\[pP]\{(\w+)[^}]*\}/g, (_, name: string) =>
      name.startsWith('L') ? 'я' : name.startsWith('N') ? '1' : '\u0001',
    )
    .replace(/\\u\{?([\da-f]{4,6})\}?/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/\(\?(?:<?[=!]|:|<\w+>)/g, '')
    .replace(/\{\d+(?:,\d*)?\}/g, '')
    .replace(/\\(.)/g, (_, sign: string) => escapes[sign] ?? sign)
    .replace(/[()|?*+^$[\]]/g, '')
  return [...new Set(plain)]
}

const commonSigns = ['a', 'я', '1', ' ', '\n', '-', '<']
const mostSigns = 6

/** What repeated makes the texts an expression has its worst time with: its signs alone, in pairs, and in a row. */
export function hostileUnits({ source }: FoundExpression): string[] {
  const signs = signsOf(source)
  const spread = signs.filter((_, i) => i % Math.max(1, Math.ceil(signs.length / mostSigns)) === 0)
  const pairs = spread.map((sign, i) => sign + (spread[i + 1] ?? spread[0] ?? ''))
  return [...new Set([...spread, ...commonSigns, ...pairs, signs.join(''), signs.slice(0, 4).join('')])].filter(
    unit => unit !== '',
  )
}
