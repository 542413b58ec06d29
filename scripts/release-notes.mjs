// Prints the entry of CHANGELOG.md for a release. Fails when the tag is not the version of package.json, or has no entry.
// Usage: node scripts/release-notes.mjs TAG        such as v0.2.0
import { readFileSync } from 'node:fs'

const [tag] = process.argv.slice(2)
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
if (tag !== `v${version}`) fail(`the tag is ${tag}, package.json says v${version}: change one of them`)

const entries = readFileSync('CHANGELOG.md', 'utf8').split(/^(?=## \[)/m)
const entry = entries.find(text => text.startsWith(`## [${version}]`))
const notes = entry?.slice(entry.indexOf('\n')).trim()
if (!notes) fail(`CHANGELOG.md has no entry "## [${version}]", or nothing in it`)
console.log(notes)

function fail(reason) {
  console.error(reason)
  process.exit(1)
}
