import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'

const main = new URL('../../dist/main.js', import.meta.url).pathname

/** The bot as a process of its own in `folder`, as `npm start` runs it; killed when the test ends. */
export function runBot(env: Record<string, string>, folder = mkdtempSync(join(tmpdir(), 'cwd-'))) {
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HTTP_PORT: '0',
      METRICS_PORT: '0',
      MESSAGES_TOGETHER_MS: '0',
      LOG_FLUSH_MS: '20',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  // not `exit`, after which there may be output to read
  const exit = once(child, 'close').then(([code]) => code as number | null)
  const printed = (what: RegExp) =>
    waitFor(
      child,
      () => what.exec(output)?.[1],
      () => output,
    )
  return {
    child,
    exit,
    output: () => output,
    address: () => printed(/Чат:\s+(http:\S+)/),
    metricsAddress: () => printed(/Метрики:\s+(http:\S+)/),
  }
}

async function waitFor(child: ChildProcess, found: () => string | undefined, output: () => string): Promise<string> {
  await expect.poll(() => found() ?? child.exitCode, { message: output() }).toMatch(/^http/)
  return found() ?? ''
}
