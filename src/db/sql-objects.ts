import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { roomsFolder } from '../process/places.ts'

/** A function or view of the database, as its file declares it. */
export interface SqlObject {
  /** Path below `src` with forward slashes, such as `events/sql/local-day.sql`. */
  file: string
  kind: 'function' | 'view'
  /** Qualified unless its schema is `public`. */
  name: string
  sql: string
  /** SHA-256 of `sql`, hexadecimal. */
  hash: string
}

/** `src`, or `dist` after a build: the SQL files lie in the same places below either. */
const roomsDir = fileURLToPath(roomsFolder)

const declaration = /^create\s+(?:(or\s+replace)\s+)?(function|view)\s+([\w.]+)/gim
const names = /(?<![\w.])([\w.]+)(?:\s*(\())?/g
const comments = /--[^\n]*|\/\*[\s\S]*?\*\//g

/**
 * The functions and views of all rooms (`<room>/sql/**\/*.sql`), each after those it uses. Throws an Error for a file that
 * does not hold exactly one `create or replace`, for two files with one name, and for a circle.
 */
export function readSqlObjects(root: string = roomsDir): SqlObject[] {
  const rooms = readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory())
  const files = rooms
    .flatMap(({ name }) => filesBelow(root, join(name, 'sql')))
    .map(path => path.split(sep).join('/'))
    .filter(path => path.endsWith('.sql'))
    .sort()
  return inOrder(files.map(file => parse(file, readFileSync(join(root, file), 'utf8'))))
}

/** Paths below `root` of what is in a folder and its folders; none if there is no such folder. */
function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(path => join(folder, path))
}

function parse(file: string, sql: string): SqlObject {
  const [found, ...more] = [...sql.replace(comments, '').matchAll(declaration)]
  if (found === undefined || more.length > 0) throw new Error(`${file}: one function or view a file is expected`)
  const [, orReplace, kind = '', name = ''] = found
  if (orReplace === undefined) throw new Error(`${file}: must begin with "create or replace ${kind}"`)
  return {
    file,
    kind: kind.toLowerCase() === 'view' ? 'view' : 'function',
    name: name.toLowerCase().replace(/^public\./, ''),
    sql,
    hash: createHash('sha256').update(sql).digest('hex'),
  }
}

/** Depth first along the references; files are visited in the order of their names, so that the result is stable. */
function inOrder(objects: readonly SqlObject[]): SqlObject[] {
  const byName = new Map<string, SqlObject>()
  for (const object of objects) {
    const other = byName.get(object.name)
    if (other !== undefined) throw new Error(`${object.file} and ${other.file} both declare ${object.name}`)
    byName.set(object.name, object)
  }
  const ordered = new Set<SqlObject>()
  const visit = (object: SqlObject, path: readonly SqlObject[]): void => {
    if (ordered.has(object)) return
    if (path.includes(object)) throw new Error(`circle: ${[...path, object].map(o => o.file).join(' → ')}`)
    const used = referencesIn(object.sql.replace(comments, ''), byName)
    for (const other of objects) if (other !== object && used.has(other)) visit(other, [...path, object])
    ordered.add(object)
  }
  for (const object of objects) visit(object, [])
  return [...ordered]
}

/** A name before a parenthesis is that of a function, any other that of a view. */
function referencesIn(sql: string, byName: ReadonlyMap<string, SqlObject>): Set<SqlObject> {
  const found = [...sql.matchAll(names)].flatMap(([, name = '', parenthesis]) => {
    const object = byName.get(name.toLowerCase())
    return object?.kind === (parenthesis === undefined ? 'view' : 'function') ? [object] : []
  })
  return new Set(found)
}
