import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Import {
  from: string
  to: string
}

/** The TypeScript files below a folder that are no tests, as paths below the root. */
const listSources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(path => `${folder}/${path.split(sep).join('/')}`)
    .filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts'))

/** The relative imports of production code, types included; paths are below `src`. Tests may import what they like. */
function readImports(): Import[] {
  const files = listSources('src')
    .map(path => path.slice('src/'.length))
    .filter(path => !path.includes('/testing/'))
  return files.flatMap(from => {
    const text = readFileSync(join(root, 'src', from), 'utf8')
    return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+\.ts)'/g)].map(([, path = '']) => ({
      from,
      to: normalize(join(dirname(from), path))
        .split(sep)
        .join('/'),
    }))
  })
}

/** A top-level folder of `src`, or a file that stands there alone. */
const room = (path: string): string => path.split('/')[0] ?? path

/** The table of docs/architecture.md: `| room | holds | may import |`. */
function readMap(): Map<string, string[]> {
  const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([\w.-]+)\/?` \|[^|]*\|([^|]*)\|$/gm)]
  return new Map(
    rows.map(([, name = '', targets = '']) => [name, [...targets.matchAll(/`([\w.-]+)\/?`/g)].map(m => m[1] ?? '')]),
  )
}

/** The first circle that following `next` from any of `nodes` runs into, or null. */
function findCircle(nodes: Iterable<string>, next: (node: string) => readonly string[]): string[] | null {
  const done = new Set<string>()
  const walk = (node: string, path: string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return null
    for (const target of next(node)) {
      const circle = walk(target, [...path, node])
      if (circle !== null) return circle
    }
    done.add(node)
    return null
  }
  for (const node of nodes) {
    const circle = walk(node, [])
    if (circle !== null) return circle
  }
  return null
}

const imports = readImports()

test('imports between rooms are those of the map in docs/architecture.md, each way round', () => {
  const between = imports.filter(i => room(i.from) !== room(i.to))
  const actual = new Map<string, Set<string>>()
  for (const { from, to } of imports) for (const path of [from, to]) actual.set(room(path), new Set())
  for (const { from, to } of between) actual.get(room(from))?.add(room(to))

  const sorted = (map: Map<string, Iterable<string>>) =>
    Object.fromEntries(
      [...map].sort(([a], [b]) => a.localeCompare(b)).map(([name, targets]) => [name, [...targets].sort()]),
    )

  expect(sorted(actual)).toEqual(sorted(readMap()))
})

test('the map has no circle', () => {
  const map = readMap()

  expect(findCircle(map.keys(), name => map.get(name) ?? [])).toBeNull()
})

test('no file imports itself through others', () => {
  const targets = new Map<string, string[]>()
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to])

  expect(findCircle(targets.keys(), file => targets.get(file) ?? [])).toBeNull()
})

test('no two files export types of one name', () => {
  const files = new Map<string, string[]>()
  for (const path of ['src', 'bench', 'test'].flatMap(listSources)) {
    const text = readFileSync(join(root, path), 'utf8')
    for (const [, name = ''] of text.matchAll(/^export (?:interface|type|(?:abstract )?class) (\w+)/gm))
      files.set(name, [...(files.get(name) ?? []), path])
  }

  expect([...files].filter(([, paths]) => paths.length > 1)).toEqual([])
})
