import { readFileSync, writeFileSync } from 'node:fs'
import { renderRules } from './render-rules.ts'

/**
 * `npm run alerts`: writes rules, alerts and inhibitions of the catalogue where Prometheus and Alertmanager read them. With
 * `--check` it writes nothing and fails when a file differs from what it would write.
 */
const check = process.argv.includes('--check')
const different = Object.entries(renderRules(path => readFileSync(path, 'utf8'))).filter(
  ([path, text]) => readFileSync(path, { encoding: 'utf8', flag: check ? 'r' : 'a+' }) !== text,
)
if (check) {
  for (const [path] of different) process.stderr.write(`${path} is not what the catalogue says: run npm run alerts\n`)
  process.exitCode = different.length === 0 ? 0 : 1
} else for (const [path, text] of different) writeFileSync(path, text)
