import { writeFile } from 'node:fs/promises'
import { metricsPage } from '../analytics/metrics-page.ts'
import { type CommandContext, readArgs, UsageError } from './command.ts'

const page = 'docs/metrics.md'

const usage = `Usage: npm run docs:metrics

  Writes ${page} from the dictionary of the numbers.`

/** `npm run docs:metrics`: writes the page of the metric dictionary; a test says when it is out of date. */
export async function runDocs({ args, out }: CommandContext): Promise<void> {
  const [word] = readArgs(args, {}, usage).positionals
  if (word !== undefined) throw new UsageError(`${word} is not an option; --help shows more`)
  await writeFile(page, metricsPage())
  out(page)
}
