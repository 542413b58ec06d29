import { type CommandContext, HelpRequest, UsageError } from './command.ts'

interface Command {
  /** One line for the list of commands. */
  help: string
  /** Resolves to false when the command ran and its answer is no: exit code 1. */
  run(context: CommandContext): Promise<unknown>
}

/** Every command of the terminal, by the name of its npm script. Each loads its own code only. */
export const commands: Record<string, Command> = {
  report: {
    help: 'the numbers of the chat commands, as a table or JSON',
    run: async context => (await import('./report.ts')).runReport(context),
  },
  request: {
    help: 'what happened to one message, by the code in an apology',
    run: async context => (await import('./request.ts')).runRequest(context),
  },
  reconcile: {
    help: 'compares a day in PostgreSQL, Loki and Prometheus',
    run: async context => (await import('./reconcile.ts')).runReconcile(context),
  },
  replay: {
    help: 'applies dead-lettered and quarantined facts again',
    run: async context => (await import('./replay.ts')).runReplay(context),
  },
  'rebuild-totals': {
    help: 'counts a day, or everything, again from the events',
    run: async context => (await import('./rebuild-totals.ts')).runRebuildTotals(context),
  },
  lifecycle: {
    help: 'archives old months of events, drops those older than 12 months',
    run: async context => (await import('./lifecycle.ts')).runLifecycle(context),
  },
  migrate: {
    help: 'brings the schema of the database up to date',
    run: async context => (await import('./migrate.ts')).runMigrate(context),
  },
  generate: {
    help: 'writes a synthetic history and its expected values',
    run: async context => (await import('./generate.ts')).runGenerate(context),
  },
  sandbox: {
    help: 'runs the fakes and the chat page alone',
    run: async context => (await import('./sandbox.ts')).runSandbox(context),
  },
  schema: {
    help: 'writes migrations/schema.sql (for contributors)',
    run: async context => (await import('./schema.ts')).runSchema(context),
  },
  'docs:metrics': {
    help: 'writes docs/metrics.md (for contributors)',
    run: async context => (await import('./docs.ts')).runDocs(context),
  },
}

const width = Math.max(...Object.keys(commands).map(name => name.length))

const usage = `Usage: node dist/cli/main.js COMMAND [options], in a checkout: npm run COMMAND -- [options]

${Object.entries(commands)
  .map(([name, { help }]) => `  ${name.padEnd(width)}  ${help}`)
  .join('\n')}

  COMMAND --help shows the options of one.`

/**
 * Runs the command that the first argument names. Resolves to false when its answer is no. Without a name or with `--help`
 * throws HelpRequest that lists all, UsageError for an unknown name.
 */
export async function runCommand({ args: [name, ...args], ...context }: CommandContext): Promise<unknown> {
  if (name === undefined || name === '--help' || name === '-h') throw new HelpRequest(usage)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new UsageError(`there is no command ${name}; --help lists them`)
  return command.run({ ...context, args })
}
