import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboards } from './all.ts'
import { checkDashboard } from './lib/check-dashboard.ts'
import { knownSeries } from './lib/known-series.ts'

/**
 * `npm run dashboards`: writes the JSON that Grafana reads to grafana/generated. With `--check` it writes nothing and fails
 * when a file differs from what it would write. Either way a query for something the code does not make is a failure.
 */
async function main(check: boolean): Promise<string[]> {
  const folder = 'grafana/generated'
  const known = await knownSeries()
  const problems = dashboards.flatMap(dashboard => checkDashboard(JSON.parse(JSON.stringify(dashboard)), known))
  if (problems.length > 0) return problems

  const wanted = new Map(dashboards.map(one => [`${one.uid}.json`, `${JSON.stringify(one, null, 2)}\n`]))
  mkdirSync(folder, { recursive: true })
  const present = readdirSync(folder).filter(name => name.endsWith('.json'))
  const superfluous = present.filter(name => !wanted.has(name))
  const different = [...wanted].filter(([name, text]) => {
    const path = join(folder, name)
    return !existsSync(path) || readFileSync(path, 'utf8') !== text
  })
  if (check) {
    const names = [...superfluous, ...different.map(([name]) => name)]
    return names.map(name => `${join(folder, name)} is not what the code says: run npm run dashboards`)
  }
  for (const name of superfluous) rmSync(join(folder, name))
  for (const [name, text] of different) writeFileSync(join(folder, name), text)
  process.stdout.write(`${wanted.size} dashboards, ${different.length} of them new or changed\n`)
  return []
}

/** With `--render DIR`: pictures of every dashboard of the Grafana at GRAFANA_URL, and what is wrong with what is seen. */
async function pictures(folder: string): Promise<string[]> {
  const { GRAFANA_URL: url, GRAFANA_TOKEN: token, GRAFANA_ADMIN_PASSWORD: password } = process.env
  if (!url || !(token || password))
    return ['--render needs GRAFANA_URL, and GRAFANA_TOKEN or GRAFANA_ADMIN_PASSWORD of that Grafana']
  const authorization = token ? `Bearer ${token}` : `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`
  const { render } = await import('./render/render.ts')
  return render({ url, authorization, dashboards, folder, deadlineMs: 60_000 })
}

const at = process.argv.indexOf('--render')
const folder = process.argv[at + 1]
const problems =
  at === -1
    ? await main(process.argv.includes('--check'))
    : folder === undefined
      ? ['--render needs a folder for the pictures']
      : await pictures(folder)
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
