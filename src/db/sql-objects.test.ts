import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readSqlObjects } from './sql-objects.ts'

function room(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'rooms-'))
  for (const [file, sql] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), sql)
  }
  return root
}
const fn = (name: string, body: string) =>
  `create or replace function ${name}() returns integer language sql as $$ ${body} $$;`

test('each object comes after those it uses, whatever the names of the files', () => {
  const root = room({
    'a/sql/a.sql': fn('a', 'select b() + (select n from numbers.c)'),
    'a/sql/deep/b.sql': fn('b', 'select 1'),
    'b/sql/c.sql': 'create or replace view numbers.c as select b() as n',
  })

  const names = readSqlObjects(root).map(o => `${o.kind} ${o.name}`)

  expect(names).toEqual(['function b', 'view numbers.c', 'function a'])
})

test('a name in a comment, or behind another schema, is no use of it', () => {
  const root = room({
    'a/sql/a.sql': `-- see b()\n/* and b() */\n${fn('a', 'select other.b()')}`,
    'a/sql/b.sql': fn('b', 'select a()'),
  })

  expect(readSqlObjects(root).map(o => o.name)).toEqual(['a', 'b'])
})

test.each([
  [
    'a circle',
    { 'a/sql/a.sql': fn('a', 'select b()'), 'a/sql/b.sql': fn('b', 'select a()') },
    /circle: a\/sql\/a\.sql/,
  ],
  [
    'two in one file',
    { 'a/sql/a.sql': `${fn('a', 'select 1')}\n${fn('b', 'select 1')}` },
    /one function or view a file/,
  ],
  ['none', { 'a/sql/a.sql': 'select 1' }, /one function or view a file/],
  ['a name twice', { 'a/sql/a.sql': fn('a', 'select 1'), 'b/sql/a.sql': fn('a', 'select 1') }, /both declare a/],
  ['no "or replace"', { 'a/sql/a.sql': 'create view a as select 1' }, /create or replace view/],
])('refuses %s', (_, files, message) => {
  expect(() => readSqlObjects(room(files))).toThrow(message)
})

test('no file of the rooms is longer than 120 lines', () => {
  const long = readSqlObjects().filter(o => o.sql.split('\n').length > 120)

  expect(long.map(o => o.file)).toEqual([])
})
