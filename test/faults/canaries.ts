import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { TestDatabase } from '../support/database.ts'

/** Personal data that must be found nowhere, in whatever form it was sent. */
export const canaries = {
  phone: '+7 912 345-67-89',
  phoneDigits: '9123456789',
  email: 'kanareyka@example.org',
  card: '4111 1111 1111 1111',
  name: 'Канарейкина',
  address: 'Птичий переулок',
  words: 'кенарьпоёт',
}
export const message = `${canaries.words}: меня зовут ${canaries.name}, ${canaries.phone}, ${canaries.email}, ${canaries.card}, ${canaries.address} 7`

/** Every row of every table as text. */
export async function dump(sql: TestDatabase['sql']): Promise<string[]> {
  const tables = await sql<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const rows = await Promise.all(
    tables.map(async ({ name }) =>
      (await sql<{ row: string }>(`select t::text as row from ${name} t`)).map(({ row }) => `${name}: ${row}`),
    ),
  )
  return rows.flat()
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap(name => {
    const path = joinPath(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })

/** What every file in a folder holds, packed or not, with its path. */
export const contentsBelow = (folder: string): string[] =>
  filesBelow(folder).map(path => {
    const bytes = readFileSync(path)
    return `${path}: ${(path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')}`
  })

/** Which needle was found where; empty when none was. */
export const found = (places: readonly string[], needles: readonly string[]): string[] =>
  places.flatMap(place =>
    needles
      .filter(needle => place.includes(needle))
      .map(needle => {
        const at = place.indexOf(needle)
        return `${needle} in ${place.slice(0, 80)}…${place.slice(Math.max(0, at - 100), at + 100)}`
      }),
  )
