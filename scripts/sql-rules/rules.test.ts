import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sqlRules, sqlRulesPage } from './rules.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('every text a mutation replaces occurs once in its file', () => {
  const wrong = sqlRules
    .flatMap(rule => rule.mutations)
    .filter(({ file, find }) => read(`src/${file}`).split(find).length !== 2)

  expect(wrong).toEqual([])
})

test('the rules are the tests of test/sql-rules.test.ts', () => {
  const names = [...read('test/sql-rules.test.ts').matchAll(/^test\('(.+)', async/gm)].map(m => m[1])

  expect(sqlRules.map(rule => rule.test)).toEqual(names)
})

test('docs/sql-rules.md is up to date: npm run mutation:sql -- --page writes it', () => {
  expect(read('docs/sql-rules.md')).toBe(sqlRulesPage())
})
