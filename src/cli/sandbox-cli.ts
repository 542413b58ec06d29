import { AppError } from '../errors.ts'
import { silentLog } from '../telemetry/log.ts'
import { runSandboxCommand } from './sandbox-command.ts'

const note = (text: string) => void process.stderr.write(text)

try {
  const running = await runSandboxCommand({
    args: process.argv.slice(2),
    env: process.env,
    out: text => void process.stdout.write(text),
    note,
    log: silentLog,
    now: () => new Date(),
  })
  const stop = () => void running.close()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (err) {
  if (!(err instanceof AppError)) throw err
  note(`${err.message}\n`)
  process.exitCode = 1
}
