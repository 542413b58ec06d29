import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The commands that an operator runs. */
export const commands = [
  'report',
  'request',
  'generate',
  'reconcile',
  'lifecycle',
  'rebuild-totals',
  'migrate',
  'replay',
  'sandbox',
] as const

/** A command as a process of its own, in an empty folder, with nothing but `env` in its environment. */
export async function runCommand(name: (typeof commands)[number], args: string, env: Record<string, string> = {}) {
  const file = new URL('../../dist/cli/main.js', import.meta.url).pathname
  const child = spawn(process.execPath, [file, name, ...args.split(' ').filter(word => word !== '')], {
    cwd: mkdtempSync(join(tmpdir(), 'command-')),
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [out, err] = ['', '']
  child.stdout.on('data', chunk => (out += chunk))
  child.stderr.on('data', chunk => (err += chunk))
  const startedAt = performance.now()
  const [code] = await once(child, 'close')
  return { code: code as number | null, out, err: err.trim(), tookMs: performance.now() - startedAt }
}
