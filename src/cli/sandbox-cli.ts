import { silentLog } from '../telemetry/log.ts'
import { runAsProcess } from './command.ts'
import { runSandboxCommand } from './sandbox-command.ts'

await runAsProcess(async ({ args, env, now, stopping }) => {
  const running = await runSandboxCommand({
    ...{ args, env, now },
    out: text => void process.stdout.write(text),
    note: text => void process.stderr.write(text),
    log: silentLog,
  })
  await new Promise(done => stopping?.addEventListener('abort', done, { once: true }))
  await running.close()
})
