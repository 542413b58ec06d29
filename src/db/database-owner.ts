import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Under which user PostgreSQL runs, and how a program is started as that user. Without a uid: as this process. */
export interface DatabaseOwner {
  uid?: number
  gid?: number
  command(file: string, args: string[]): [file: string, args: string[]]
}

/**
 * PostgreSQL refuses to run as root. Run by root, it is started as the owner of an existing cluster, else as `postgres`,
 * else as `nobody`. It keeps the right to pass folders of root (a clone below /root or a private temporary folder is
 * closed to everyone else) through the ambient capability CAP_DAC_OVERRIDE: capabilities(7), setpriv(1).
 */
export async function asDatabaseOwner(cluster: string): Promise<DatabaseOwner> {
  if (process.getuid?.() !== 0) return { command: (file, args) => [file, args] }
  const { uid, gid } = (await ownerOf(cluster)) ??
    (await lookUp('postgres')) ??
    (await lookUp('nobody')) ?? { uid: 65_534, gid: 65_534 }
  const become = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const passFolders = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  const canKeep = await run('setpriv', [...become, ...passFolders, 'true']).then(
    () => true,
    () => false,
  )
  return { uid, gid, command: (file, args) => ['setpriv', [...become, ...(canKeep ? passFolders : []), file, ...args]] }
}

async function ownerOf(cluster: string): Promise<{ uid: number; gid: number } | null> {
  const found = await stat(cluster).catch(() => null)
  return found === null || found.uid === 0 ? null : { uid: found.uid, gid: found.gid }
}

async function lookUp(user: string): Promise<{ uid: number; gid: number } | null> {
  const line = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').find(l => l.startsWith(`${user}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) }
}
