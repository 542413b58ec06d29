import { readFileSync } from 'node:fs'
import { serviceName } from '../../../src/telemetry/logger.ts'

const selector = `{service_name="${serviceName}"`

/** A query of loki/queries, over the environments the dashboard shows. */
export function savedQuery(name: string): string {
  const text = readFileSync(`loki/queries/${name}.logql`, 'utf8')
    .replace(/^#.*\n/gm, '')
    .trim()
  return text.replaceAll(selector, `${selector}, env=~"$env"`)
}

/** Log lines of these kinds, in the environments the dashboard shows. */
export const logsOf = (matchers = ''): string => `${selector}, env=~"$env"${matchers === '' ? '' : `, ${matchers}`}}`
