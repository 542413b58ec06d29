import pg from 'pg'
import { StartupError } from '../errors.ts'
import type { SqlObject } from './sql-objects.ts'
import { readViewGrants, restoreViewGrants } from './view-grants.ts'

/** SQLSTATE of a `create or replace` that would change the result of a function or the columns of a view. */
const needsDrop = ['42P13', '42P16']

/**
 * Brings the functions and views of the database up to date with `objects`, which must be in the order of their use: those
 * whose text changed are replaced, those whose file was deleted are dropped, all in one transaction. Processes that start
 * concurrently take turns. A view keeps its identity unless a column changes or goes, and its grants always. Returns the
 * files that were applied or dropped. Throws StartupError with the file that PostgreSQL refused.
 */
export async function applySqlObjects(client: pg.ClientBase, objects: readonly SqlObject[]): Promise<string[]> {
  if (outdated(objects, await storedHashes(client)).length === 0) return []
  await client.query('begin')
  try {
    await client.query("select pg_advisory_xact_lock(hashtext('sql_objects'))")
    await client.query('set local search_path = public')
    await client.query('set local check_function_bodies = on')
    const changed = await apply(client, objects)
    await client.query('commit')
    return changed
  } catch (err) {
    await client.query('rollback').catch(() => undefined) // the first failure is the one to report
    throw err
  }
}

async function storedHashes(client: pg.ClientBase): Promise<Map<string, { hash: string; identity: string }>> {
  const { rows } = await client.query<{ file: string; hash: string; identity: string }>(
    'select file, hash, identity from sql_objects',
  )
  return new Map(rows.map(({ file, hash, identity }) => [file, { hash, identity }]))
}

const outdated = (objects: readonly SqlObject[], stored: ReadonlyMap<string, { hash: string }>): string[] => {
  const files = new Set(objects.map(o => o.file))
  return [
    ...objects.filter(o => stored.get(o.file)?.hash !== o.hash).map(o => o.file),
    ...[...stored.keys()].filter(file => !files.has(file)),
  ]
}

async function apply(client: pg.ClientBase, objects: readonly SqlObject[]): Promise<string[]> {
  const stored = await storedHashes(client)
  const toChange = outdated(objects, stored)
  const grants = await readViewGrants(client)
  const changed: string[] = []
  let droppedDependents = false
  for (const object of objects) {
    // what was dropped with something it depends on comes later in the order, and is created again
    if (!droppedDependents && !toChange.includes(object.file)) continue
    if (await replace(client, object)) droppedDependents = true
    await client.query(
      `insert into sql_objects (file, identity, hash) values ($1, $2, $3)
       on conflict (file) do update set identity = excluded.identity, hash = excluded.hash, applied_at = now()`,
      [object.file, `${object.kind} ${object.name}`, object.hash],
    )
    changed.push(object.file)
  }
  if (droppedDependents) await restoreViewGrants(client, grants)
  const declared = new Set(objects.map(o => `${o.kind} ${o.name}`))
  for (const [file, { identity }] of stored) {
    if (objects.some(o => o.file === file)) continue
    if (!declared.has(identity)) await client.query(`drop ${identity}`) // otherwise the file only moved
    await client.query('delete from sql_objects where file = $1', [file])
    changed.push(file)
  }
  return changed
}

/** Returns whether something had to be dropped, and what depends on it with it. */
async function replace(client: pg.ClientBase, object: SqlObject): Promise<boolean> {
  const overloads = await signatures(client, object)
  await client.query('savepoint before_object')
  try {
    await client.query(object.sql)
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError) || !needsDrop.includes(cause.code ?? '')) throw refusal(object, cause)
    await client.query('rollback to savepoint before_object')
    await client.query(`drop ${object.kind} ${object.name} cascade`)
    await client.query(object.sql).catch(err => {
      throw refusal(object, err)
    })
    return true
  }
  await client.query('release savepoint before_object')
  if (object.kind === 'view' || (await signatures(client, object)).length <= 1) return false
  for (const signature of overloads) await client.query(`drop function ${signature} cascade`)
  return true
}

/** The signatures a function has now; other arguments would make an overload beside the old one. */
async function signatures(client: pg.ClientBase, { kind, name }: SqlObject): Promise<string[]> {
  if (kind === 'view') return []
  const [proname, schema = 'public'] = name.split('.').reverse()
  const { rows } = await client.query<{ signature: string }>(
    `select oid::regprocedure::text as signature from pg_proc
     where proname = $1 and pronamespace = (select oid from pg_namespace where nspname = $2)`,
    [proname, schema],
  )
  return rows.map(r => r.signature)
}

const refusal = ({ file }: SqlObject, cause: unknown): StartupError =>
  new StartupError(`src/${file}: ${cause instanceof Error ? cause.message : 'refused by PostgreSQL'}`, { cause })
