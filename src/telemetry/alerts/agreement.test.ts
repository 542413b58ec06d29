import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { RuleTests, runCase } from './testing/rule-tests.ts'

const folder = new URL('../../../prometheus/tests/', import.meta.url)

describe.each(readdirSync(folder))('the bot decides as promtool does in %s', name => {
  const file = RuleTests.parse(parse(readFileSync(new URL(name, folder), 'utf8')))

  test.each(file.tests.map(one => [one.name, one] as const))('%s', (_name, given) => {
    for (const { found, expected } of runCase(file, given)) expect(found).toEqual(expected)
  })
})
