import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { tryLock } from 'fs-native-extensions'
import { StartupError } from '../errors.ts'

/** A directory that belongs to this process until it is released. */
export interface ClaimedDir {
  dir: string
  /** Its number by a DATA_DIR with `{replica}`, and how many replicas have had a folder; null without the mark. */
  replica: { number: number; known: number } | null
  release: () => void
}

/** Stands for the number of the replica in DATA_DIR. */
const replicaMark = '{replica}'
const mostReplicas = 99

/**
 * Claims DATA_DIR for this process: what waits there on disk has one owner. Of a DATA_DIR with `{replica}` it claims the
 * first free one, counting from 1. Throws StartupError that names the holder.
 */
export function claimDataDir(dataDir: string): ClaimedDir {
  if (!dataDir.includes(replicaMark)) return { dir: dataDir, replica: null, release: lockDataDir(dataDir) }
  for (let replica = 1; replica <= mostReplicas; replica++) {
    const dir = dataDir.replaceAll(replicaMark, String(replica))
    const release = tryLockDir(resolve(dir))
    if (typeof release === 'function')
      return { dir, replica: { number: replica, known: dataDirsOf(dataDir).length }, release }
  }
  throw new StartupError(`DATA_DIR: all ${mostReplicas} folders ${resolve(dataDir)} are in use`)
}

/** The folders that DATA_DIR names: itself, or with `{replica}` those that replicas have had. */
export function dataDirsOf(dataDir: string): string[] {
  if (!dataDir.includes(replicaMark)) return [dataDir]
  const numbers = Array.from({ length: mostReplicas }, (_, i) => i + 1)
  return numbers.map(n => dataDir.replaceAll(replicaMark, String(n))).filter(dir => existsSync(dir))
}

/** The same for one folder. Returns the release. */
export function lockDataDir(dataDir: string): () => void {
  const dir = resolve(dataDir)
  const release = tryLockDir(dir)
  if (typeof release === 'function') return release
  throw new StartupError(
    `${release.holder} (a bot or one of its commands) already works with DATA_DIR ${dir}: stop it first, then what is stored there goes on being used. Only a second, separate bot needs a DATA_DIR of its own, which begins empty`,
  )
}

/**
 * Locks `bot.lock`. The lock is the kernel's and belongs to the open file (F_OFD_SETLK, fcntl(2); LockFileEx on Windows):
 * it ends with the process however that ends, and holds between containers, which cannot see each other's processes. The
 * file stays; its content only names the holder.
 */
function tryLockDir(dir: string): (() => void) | { holder: string } {
  const file = join(dir, 'bot.lock')
  const fd = open(dir, file)
  let isHeld = false
  try {
    isHeld = tryLock(fd)
    if (!isHeld) return { holder: readHolder(file) }
    ftruncateSync(fd)
    writeSync(fd, `Process ${process.pid} on host ${hostname()} since ${new Date().toISOString()}`)
  } catch (cause) {
    throw new StartupError(
      `DATA_DIR ${dir} cannot be locked: move the folder, with what is in it, to a disk of this machine and set DATA_DIR to it`,
      { cause },
    )
  } finally {
    if (!isHeld) closeSync(fd)
  }
  return () => {
    if (isHeld) closeSync(fd)
    isHeld = false
  }
}

function open(dir: string, file: string): number {
  try {
    mkdirSync(dir, { recursive: true })
  } catch (cause) {
    throw new StartupError(`DATA_DIR ${dir} cannot be created; set it to a folder this process may write to`, { cause })
  }
  try {
    return openSync(file, 'a+', 0o600)
  } catch (cause) {
    throw new StartupError(
      `DATA_DIR ${dir} cannot be written to: give this process the right to; another folder would begin empty`,
      { cause },
    )
  }
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim() || 'Another process'
  } catch {
    return 'Another process' // on Windows a locked file cannot be read
  }
}
