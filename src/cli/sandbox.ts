import { writeFile } from 'node:fs/promises'
import { ConfigError, StartupError } from '../errors.ts'
import { settings } from '../process/settings.ts'
import { createSandbox, type RunningSandbox } from '../sandbox/sandbox.ts'
import { type Log, silentLog } from '../telemetry/log.ts'
import { type CommandContext, readArgs, UsageError } from './command.ts'

const usage = `Usage: npm run sandbox [-- --env FILE] [--host ADDRESS] [--no-limits]

  Runs the fakes of Telegram, GigaChat and VkusVill and the chat page, on SANDBOX_PORT, and prints the settings for a
  bot beside them.

  --env        file the settings are written to
  --host       address to listen on, this machine alone when left out
  --no-limits  Telegram takes more than 30 messages a second, and one a second in a chat`

const secondModelHeading = '# A second model, or with LLM_PROVIDER=openai the only one:\n'

export interface SandboxCommandDeps extends Omit<CommandContext, 'stopping'> {
  log: Log
}

/** `npm run sandbox`: the fakes and the chat page alone, until the process is asked to end. */
export async function runSandbox({ stopping, ...context }: CommandContext): Promise<void> {
  const running = await startSandbox({ ...context, log: silentLog })
  await new Promise(done => stopping?.addEventListener('abort', done, { once: true }))
  await running.close()
}

/**
 * Starts the fakes and the chat page. Writes the settings for a bot beside them to `out`, one `KEY=value` a line, and with
 * `--env FILE` to that file; what is meant for the user of the terminal goes to `note`.
 */
export async function startSandbox({ args, env, out, note, log, now }: SandboxCommandDeps): Promise<RunningSandbox> {
  const { values: options, positionals } = readArgs(
    args,
    { env: { type: 'string' }, host: { type: 'string' }, 'no-limits': { type: 'boolean' } },
    usage,
  )
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is not an option; --help shows them`)
  const given = settings.pick({ SANDBOX_PORT: true, SANDBOX_HOSTS: true }).safeParse({
    SANDBOX_PORT: env.SANDBOX_PORT || undefined,
    SANDBOX_HOSTS: env.SANDBOX_HOSTS || undefined,
  })
  if (!given.success)
    throw new ConfigError(given.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`))
  const { SANDBOX_PORT: port, SANDBOX_HOSTS: hosts } = given.data

  const running = await createSandbox({
    hosts: [...hosts, ...(options.host ? [options.host] : [])],
    limitSending: !options['no-limits'],
    log,
    now,
  }).listen(port, options.host)
  const lines = Object.entries(running.settings()).map(([name, value]) => `${name}=${value}\n`)
  // commented out: without it a broken GigaChat can be watched
  const secondModel = Object.entries(running.secondModel()).map(([name, value]) => `# ${name}=${value}\n`)
  try {
    if (options.env !== undefined)
      await writeFile(options.env, [...lines, secondModelHeading, ...secondModel].join(''), { mode: 0o600 })
  } catch (err) {
    await running.close()
    throw new StartupError(`the settings cannot be written to ${options.env}`, { cause: err })
  }
  out(lines.join('').trimEnd())
  note(`Страница чата: ${running.url}`)
  note(`Вторая модель: LLM_FALLBACK_URL=${running.secondModel().LLM_FALLBACK_URL}`)
  return running
}
