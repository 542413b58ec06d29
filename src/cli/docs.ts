import { writeFile } from 'node:fs/promises'
import { metricsPage } from '../analytics/metrics-page.ts'
import type { CommandContext } from './command.ts'

const page = 'docs/metrics.md'

/** `npm run docs:metrics`: writes the page of the metric dictionary; a test says when it is out of date. */
export async function runDocs({ out }: CommandContext): Promise<void> {
  await writeFile(page, metricsPage())
  out(page)
}
