// Takes out of a folder of production modules what no process reads: types, sources, source maps, documentation, tests, and
// builds for other systems. Without a folder it deletes nothing and says what would be left of the modules that are installed
// here; ends with 1 when that is more than the image may carry.
// Usage: node scripts/trim-modules.mjs [NODE_MODULES]
import { readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Megabytes on a disk with blocks of 4 KiB. */
const limitMb = 45
const blockBytes = 4096

const usedFonts = /Inter_(400Regular|700Bold)\.ttf$/
const unread = [
  /\.(ts|mts|cts|map|md|markdown|tsbuildinfo|png|ico|bare)$/i, // `.bare`: a native module for another runtime than Node
  /^node_modules\/(@[^/]+\/)?[^/]+\/(tests?|docs?|examples?|benchmarks?)\//,
]
const builtFor = /\/prebuilds\/([^/]+)\//

/** `path` begins with `node_modules/`. */
function isRead(path) {
  const last = path.slice(path.lastIndexOf('node_modules/'))
  const platform = builtFor.exec(last)?.[1]
  if (platform !== undefined && platform !== `${process.platform}-${process.arch}`) return false
  if (last.endsWith('.ttf')) return usedFonts.test(last)
  return !unread.some(pattern => pattern.test(last))
}

const filesBelow = folder =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

function trim(modules) {
  for (const file of filesBelow(modules)) {
    if (!isRead(join('node_modules', file.slice(modules.length)))) rmSync(file)
  }
  removeEmpty(modules)
}

function removeEmpty(folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
  for (const entry of entries) if (entry.isDirectory()) removeEmpty(join(folder, entry.name))
  if (readdirSync(folder).length === 0) rmdirSync(folder)
}

/** Packages that `npm ci --omit=dev` would leave, as the lock file knows them, without those for other systems. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const isHere = path => statSync(path, { throwIfNoEntry: false }) !== undefined
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev && isHere(path))
    .map(([path]) => path)
}

function measure() {
  const files = productionPackages().flatMap(path =>
    filesBelow(path).filter(file => !file.slice(path.length).includes('node_modules')),
  )
  const sizes = files.filter(isRead).map(file => statSync(file).size)
  const blocks = sizes.map(size => Math.ceil(size / blockBytes) * blockBytes)
  return blocks.reduce((sum, size) => sum + size, 0) / 1e6
}

const [modules] = process.argv.slice(2)
if (modules !== undefined) trim(modules)
else {
  const megabytes = measure()
  console.log(`production modules of the image: ${megabytes.toFixed(1)} MB of at most ${limitMb} MB on disk`)
  if (megabytes > limitMb) process.exitCode = 1
}
