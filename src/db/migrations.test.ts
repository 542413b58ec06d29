import { expect, test } from 'vitest'
import { hashMigrations, readMigrations, readReleased } from './migration-files.ts'

test('migrations hold tables, types and indexes; functions and views live in src/*/sql', () => {
  const others = readMigrations().filter(({ sql }) =>
    /^\s*create\s+(or\s+replace\s+)?(function|procedure|trigger|(materialized\s+)?view)\b/im.test(sql),
  )

  expect(others.map(m => m.file)).toEqual([])
})

test('no file is longer than 120 lines', () => {
  const long = readMigrations().filter(({ sql }) => sql.split('\n').length > 120)

  expect(long.map(m => m.file)).toEqual([])
})

test('released migrations are never written again: put the file back and add a new one after it', () => {
  const released = readReleased()
  const names = released.map(line => line.slice(66))

  const hashes = hashMigrations(readMigrations())

  expect(hashes.filter(line => names.includes(line.slice(66)))).toEqual(released)
  expect(hashes.slice(0, released.length)).toEqual(released) // a new one comes after them
})
