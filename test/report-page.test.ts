import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { summaryNumbers } from '../src/analytics/dictionary.ts'
import { count, rub } from '../src/analytics/show.ts'
import { UsageError } from '../src/cli/command.ts'
import { runGenerate } from '../src/cli/generate.ts'
import { runReport } from '../src/cli/report.ts'
import { markup } from '../src/cli/report-page/markup.ts'
import { meanings } from '../src/cli/report-page/texts.ts'
import { chromiumNote, chromiumWanted, collectComplaints, launchChromium } from './support/chromium.ts'
import { createTestDatabase } from './support/database.ts'

const now = new Date('2026-03-11T09:00:00Z')

async function setup() {
  const { url, sql } = await createTestDatabase(now)
  const dir = mkdtempSync(join(tmpdir(), 'report-page-'))
  const run = async (command: typeof runReport, args: string[]): Promise<string> => {
    const written: string[] = []
    const env = { DATABASE_URL: url, DATA_DIR: dir }
    await command({ args, env, out: text => void written.push(text), note: () => undefined, now: () => now })
    return written.join('\n')
  }
  const file = join(dir, 'report.html')
  return { sql, run, file }
}

test('every number of the dictionary has a meaning in Russian', () => {
  expect(Object.keys(meanings)).toEqual(summaryNumbers.map(({ key }) => key))
})

test('what stands in a value is text, not markup', () => {
  const query = `<img src=x onerror="alert('1')">&`

  expect(markup`<p>${query}</p>`.html).toBe('<p>&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</p>')
})

test('a page needs a file, a file belongs to the page, and one that cannot be written is named', async () => {
  const { run } = await setup()

  await expect(run(runReport, ['all'])).rejects.toThrow(UsageError)
  await expect(run(runReport, ['summary', '--html', 'x.html'])).rejects.toThrow(UsageError)
  await expect(run(runReport, ['all', '--html', 'x.html', '--json'])).rejects.toThrow(UsageError)
  await expect(run(runReport, ['all', '--html', '/none/x.html'])).rejects.toThrow(/\/none\/x\.html cannot be written/)
})

describe.skipIf(!chromiumWanted)(`in a browser${chromiumNote}`, () => {
  /** Opens the file at this width; `requests` are all but the page itself. */
  async function open(file: string, width: number) {
    const browser = await launchChromium()
    onTestFinished(() => browser.close())
    const page = await browser.newPage({ viewport: { width, height: 900 } })
    const complaints = collectComplaints(page)
    const requests: string[] = []
    page.on('request', request => void requests.push(request.url()))
    await page.goto(pathToFileURL(file).href)
    return { page, complaints, requests: () => requests.filter(url => !url.startsWith('file:')) }
  }
  const overflow = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth')

  test('the page of a history has every number as the report has it, loads nothing and fits desk and phone', async () => {
    const { run, file, sql } = await setup()
    await run(runGenerate, ['--users', '60', '--days', '90', '--seed', '4', '--until', '2026-03-11'])
    await sql(
      `with query as (insert into queries (query, searches) values ('<script>alert(1)</script>', 3) returning query_id)
       insert into query_days select '2026-03-09', query_id, missed, 3, '{2026-03-09}', '{3}'
       from query, (values (false), (true)) m (missed)`,
    )

    expect(await run(runReport, ['all', '--html', file])).toBe(file)

    expect(statSync(file).mode & 0o777).toBe(0o600)
    const summary = JSON.parse(await run(runReport, ['summary', '--period', 'month', '--json']))
    for (const width of [1440, 390]) {
      const { page, complaints, requests } = await open(file, width)
      const shown = await page.locator('.number').allTextContents()
      const of = (label: string) => shown.find(text => text.startsWith(label))
      expect(of('Новых')).toContain(`Новых${count(summary.new_users)}`)
      expect(of('GMV')).toContain(rub(summary.gmv))
      expect(shown).toHaveLength(summaryNumbers.length)
      expect(await page.locator('section').count()).toBe(10)
      expect(await page.locator('figure svg').count()).toBe(3)
      expect(Number(await overflow(page))).toBeLessThanOrEqual(0)
      expect([complaints, requests()]).toEqual([[], []])
    }
    expect(readFileSync(file, 'utf8')).not.toMatch(/<script|(?:src|href)="(?!#)|url\(|@import/)
  })

  test('an empty base has a page too', async () => {
    const { run, file } = await setup()

    await run(runReport, ['all', '--html', file])

    const { page, complaints } = await open(file, 390)
    expect(await page.locator('section').count()).toBe(10)
    expect(complaints).toEqual([])
  })
})
