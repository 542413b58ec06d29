// Compiles what a tsconfig names and copies what is not compiled (SQL, the chat page) to where the compiled code looks for
// it; does nothing when its output was made from the same files.
// Usage: node scripts/build.mjs TSCONFIG [OUT_OF_SRC]
// OUT_OF_SRC is the folder of the compiled src; without it no assets are copied.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const [config, assets] = process.argv.slice(2)
const { compilerOptions, include } = JSON.parse(readFileSync(config, 'utf8'))
const stamp = join(compilerOptions.outDir, '.made-from')

/** By content: a checkout gives files new times, and an edit may be undone. */
function fingerprint() {
  const hash = createHash('sha256')
  const sources = include.flatMap(folder =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name)),
  )
  for (const file of ['package-lock.json', 'package.json', 'tsconfig.json', config, ...sources.sort()]) {
    const content = readFileSync(file)
    hash.update(`${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

function isMadeFrom(wanted) {
  try {
    return readFileSync(stamp, 'utf8') === wanted
  } catch {
    return false
  }
}

function copyAssets() {
  // a file that was deleted in src must not survive in the output: its function would be created again at every start
  const rooms = readdirSync(assets, { withFileTypes: true }).filter(entry => entry.isDirectory())
  for (const { name } of rooms) rmSync(join(assets, name, 'sql'), { recursive: true, force: true })
  rmSync(join(assets, 'sandbox/page/public'), { recursive: true, force: true })

  const isAsset = path => statSync(path).isDirectory() || path.endsWith('.sql') || path.includes(join('page', 'public'))
  cpSync('src', assets, { recursive: true, filter: isAsset })
}

const wanted = fingerprint()
if (!isMadeFrom(wanted)) {
  rmSync(stamp, { force: true })
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-p', config], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  if (assets) copyAssets()
  writeFileSync(stamp, wanted)
}
