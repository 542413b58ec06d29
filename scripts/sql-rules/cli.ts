import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { sqlRules, sqlRulesPage } from './rules.ts'

// Usage: npm run mutation:sql [-- --page | TEXT]; with TEXT only the rules whose name contains it.

interface TestResult {
  title: string
  status: string
}

/**
 * Runs test/sql-rules.test.ts of a copy, or one test of it. Throws an Error when no test ran, as after an SQL file that
 * PostgreSQL refuses.
 */
function runTests(copy: string, name?: string): TestResult[] {
  const output = join(copy, 'results.json')
  rmSync(output, { force: true })
  const vitest = join('node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', 'test/sql-rules.test.ts', '--reporter=json', `--outputFile=${output}`]
  if (name !== undefined) args.push('--testNamePattern', name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  const { stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', timeout: 600_000 })
  try {
    const results: { testResults: { assertionResults: TestResult[] }[] } = JSON.parse(readFileSync(output, 'utf8'))
    return results.testResults.flatMap(file => file.assertionResults)
  } catch (cause) {
    throw new Error(`no test ran: ${stderr.slice(-2000)}`, { cause })
  }
}

/** Breaks each rule in a copy. Returns the mutations that the test of their rule did not notice. */
function findSurvivors(copy: string, part: string): string[] {
  const failing = runTests(copy).filter(({ status }) => status !== 'passed')
  if (failing.length > 0) return failing.map(({ title }) => `fails without a mutation: ${title}`)
  const survivors: string[] = []
  for (const { test, mutations } of sqlRules.filter(rule => rule.test.includes(part))) {
    for (const { file, find, replace } of mutations) {
      const path = join(copy, 'src', file)
      const text = readFileSync(path, 'utf8')
      writeFileSync(
        path,
        text.replace(find, () => replace),
      )
      const failed = runTests(copy, test).filter(({ status }) => status === 'failed')
      writeFileSync(path, text)
      const isKilled = failed.some(({ title }) => title === test)
      console.log(`${isKilled ? 'killed' : 'SURVIVED'}  ${file}: ${find.trim()} → ${replace.trim() || '(nothing)'}`)
      if (!isKilled) survivors.push(`${test}: ${file}: ${find}`)
    }
  }
  return survivors
}

const [argument = ''] = process.argv.slice(2)
if (argument === '--page') writeFileSync('docs/sql-rules.md', sqlRulesPage())
else {
  const copy = mkdtempSync(join(tmpdir(), 'sql-rules-'))
  try {
    for (const path of ['src', 'test', 'migrations', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
      cpSync(path, join(copy, path), { recursive: true })
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
    const survivors = findSurvivors(copy, argument)
    for (const survivor of survivors) console.error(survivor)
    if (survivors.length > 0) process.exitCode = 1
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
