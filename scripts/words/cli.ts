import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { findWords, isChecked } from './check.ts'

// Usage: npm run lint:words [-- FOLDER_OR_FILE ...]; without arguments every file that git knows.
const tracked = execFileSync('git', ['ls-files', '-z', '--', ...process.argv.slice(2)], { encoding: 'utf8' })
const paths = tracked.split('\0').filter(path => isChecked(path) && existsSync(path))
const findings = paths.flatMap(path => findWords(path, readFileSync(path, 'utf8')))

for (const { path, line, word, say } of findings) console.log(`${path}:${line}: "${word}", say: ${say}`)
if (findings.length > 0) {
  console.log(`${findings.length} words to replace (table: scripts/words/rules.ts) in ${paths.length} files`)
  process.exitCode = 1
}
