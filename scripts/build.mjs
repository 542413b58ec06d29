// Compiles what a tsconfig names and copies what is not compiled (SQL, the chat page) to where the compiled code looks for
// it; does nothing when its output was made from the same files.
// Usage: node scripts/build.mjs TSCONFIG [OUT_OF_SRC [ENTRY]]
// OUT_OF_SRC is the folder of the compiled src; without it no assets are copied. What ENTRY compiles to then loads a bundle of it
// in OUT_OF_SRC/bundle.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const [config, assets, entry] = process.argv.slice(2)
const { compilerOptions, include } = JSON.parse(readFileSync(config, 'utf8'))
const stamp = join(compilerOptions.outDir, '.made-from')

/** What the last compilation read besides the folders of the tsconfig: files that these import. */
function imported() {
  try {
    const { fileNames } = JSON.parse(readFileSync(compilerOptions.tsBuildInfoFile, 'utf8'))
    const relative = fileNames.filter(name => name.startsWith('.') && !name.includes('node_modules'))
    return relative.map(name => join(dirname(compilerOptions.tsBuildInfoFile), name))
  } catch {
    return []
  }
}

function contentOf(file) {
  try {
    return readFileSync(file)
  } catch {
    return Buffer.alloc(0) // deleted since
  }
}

/** By content: a checkout gives files new times, and an edit may be undone. */
function fingerprint() {
  const hash = createHash('sha256')
  const sources = include.flatMap(folder =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name)),
  )
  const own = ['build.mjs', 'bundle.mjs'].map(name => fileURLToPath(new URL(name, import.meta.url)))
  const known = ['package-lock.json', 'package.json', 'tsconfig.json', config, ...own]
  const files = new Set([...known, ...sources, ...imported()])
  for (const file of [...files].sort()) {
    const content = contentOf(file)
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

/** The folder is two levels below the root, as the rooms are: `process/places.ts` finds the same from either. */
async function bundleEntry() {
  const { bundle } = await import('./bundle.mjs')
  const folder = join(assets, 'bundle')
  await bundle(entry, folder)
  const compiled = relative(compilerOptions.rootDir, entry).replace(/\.ts$/, '.js')
  const file = join(compilerOptions.outDir, compiled)
  rmSync(`${file}.map`, { force: true })
  writeFileSync(file, `import './${relative(dirname(file), join(folder, basename(file)))}'\n`)
}

if (!isMadeFrom(fingerprint())) {
  rmSync(stamp, { force: true })
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-p', config], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  if (assets) copyAssets()
  if (entry) await bundleEntry()
  writeFileSync(stamp, fingerprint())
}
