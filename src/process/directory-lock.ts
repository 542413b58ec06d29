import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StartupError } from '../errors.ts'

/**
 * Claims DATA_DIR for this process: what waits there on disk has one owner. Returns the release. Throws StartupError when
 * a living process holds it; what a killed one left behind is taken over.
 */
export function lockDataDir(dataDir: string): () => void {
  const dir = resolve(dataDir)
  const file = join(dir, 'bot.lock')
  try {
    mkdirSync(dir, { recursive: true })
  } catch (cause) {
    throw new StartupError(`DATA_DIR ${dir} cannot be created; set it to a folder this process may write to`, { cause })
  }
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (cause) {
      if (!isCode(cause, 'EEXIST'))
        throw new StartupError(`DATA_DIR ${dir} cannot be written to; set it to another folder`, { cause })
    }
    const holder = Number(readFileSync(file, 'utf8'))
    // in containers every start has the same pid: one's own is not somebody else
    if (holder !== process.pid && isAlive(holder)) {
      throw new StartupError(
        `Process ${holder} (a bot or one of its commands) already works with DATA_DIR ${dir}: stop it first, or set DATA_DIR to another folder`,
      )
    }
    rmSync(file, { force: true })
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (err) {
    return isCode(err, 'EPERM')
  }
  return commandOf(pid).includes('node')
}

/** The command line where /proc tells it; elsewhere a living process is believed to be a bot. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return 'node'
  }
}

const isCode = (err: unknown, code: string): boolean => err instanceof Error && 'code' in err && err.code === code
