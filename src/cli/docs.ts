import { readFile, writeFile } from 'node:fs/promises'
import { metricsPage } from '../analytics/metrics-page.ts'
import { StartupError } from '../errors.ts'
import { type CommandContext, readArgs, UsageError } from './command.ts'

const page = 'docs/metrics.md'

const usage = `Usage: npm run docs:metrics [-- --check]

  Writes ${page} from the dictionary of the numbers. With --check it writes nothing and fails when the page differs.`

/** `npm run docs:metrics`: writes the page of the metric dictionary, or compares the two. */
export async function runDocs({ args, out }: CommandContext): Promise<void> {
  const { positionals, values } = readArgs(args, { check: { type: 'boolean' } }, usage)
  const [word] = positionals
  if (word !== undefined) throw new UsageError(`${word} is not an option; --help shows more`)
  if (values.check !== true) await writeFile(page, metricsPage())
  else if ((await readFile(page, 'utf8').catch(() => '')) !== metricsPage())
    throw new StartupError(`${page} is not up to date: run npm run docs:metrics and commit the result`)
  out(page)
}
