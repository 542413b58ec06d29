import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { parse } from 'yaml'
import { z } from 'zod'
import {
  expandExpression,
  expandSql,
  type PanelQuery,
  panelQueries,
  type Range,
} from '../../grafana/dashboards/lib/panel-queries.ts'
import { postJson } from './http.ts'
import { queryLoki, queryPrometheus } from './places.ts'
import { type Check, check } from './report.ts'

/** Every query there is: of panels and annotations, and of the alerts of Prometheus and Loki. In the folder of the repository. */
export function everyQuery(): PanelQuery[] {
  const panels = readdirSync('grafana/generated').flatMap(file =>
    panelQueries(JSON.parse(readFileSync(`grafana/generated/${file}`, 'utf8'))),
  )
  return [...panels, ...alertQueries('prometheus/alerts', 'promql'), ...alertQueries('loki/rules/fake', 'logql')]
}

const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
})

const alertQueries = (folder: string, language: 'promql' | 'logql'): PanelQuery[] =>
  readdirSync(folder).flatMap(file =>
    Rules.parse(parse(readFileSync(`${folder}/${file}`, 'utf8'))).groups.flatMap(({ rules }) =>
      rules.map(({ alert, expr }) => ({
        where: `Тревога / ${alert}`,
        dashboard: '',
        panelId: null,
        language,
        text: expr,
        instant: true,
        target:
          language === 'promql'
            ? { refId: 'A', datasource: { type: 'prometheus', uid: 'prometheus' }, expr, instant: true }
            : { refId: 'A', datasource: { type: 'loki', uid: 'loki' }, expr, queryType: 'instant' },
      })),
    ),
  )

export interface Sources {
  grafanaUrl: string
  /** Of the header authorization. */
  grafanaAuth: string
  lokiUrl: string
  prometheusUrl: string
  database: pg.Pool
}

/** Asks every query, of the data source itself and through Grafana; one that is refused is a hole. */
export async function askEveryQuery(queries: readonly PanelQuery[], sources: Sources, range: Range): Promise<Check[]> {
  const found: Check[] = []
  for (const query of queries) {
    found.push(await check('direct', query.where, () => askDirectly(query, sources, range)))
    found.push(await check('grafana', query.where, () => askGrafana(query, sources, range)))
  }
  return found
}

async function askDirectly({ language, text, instant }: PanelQuery, sources: Sources, range: Range): Promise<string> {
  if (language === 'sql') {
    const { rowCount } = await sources.database.query(expandSql(text, range))
    return `${rowCount} rows`
  }
  const expr = expandExpression(text, range)
  const answer =
    language === 'promql'
      ? await queryPrometheus(sources.prometheusUrl, expr)
      : await queryLoki(sources.lokiUrl, expr, instant)
  return `${Answer.parse(answer).data.result.length} series`
}

const Answer = z.object({ data: z.object({ result: z.array(z.unknown()) }) })
const GrafanaAnswer = z.object({
  results: z.record(
    z.string(),
    z.object({ error: z.string().optional(), status: z.number().optional(), frames: z.array(z.unknown()).optional() }),
  ),
})

/** As the browser does: Grafana fills in its own macros, the variables of the dashboard are filled in before. */
async function askGrafana({ text, target }: PanelQuery, sources: Sources, range: Range): Promise<string> {
  const filled = text
    .replace(/\$env\b/g, '.*')
    .replaceAll(`\${source:sqlstring}`, "'all'")
    .replaceAll(`\${request_id:sqlstring}`, "''")
    .replace(/\$request_id\b/g, '')
  const query = {
    ...target,
    refId: 'A',
    ...(target.rawSql === undefined ? { expr: filled } : { rawSql: filled }),
    intervalMs: 60_000,
    maxDataPoints: 500,
  }
  const body = { queries: [query], from: String(range.from.getTime()), to: String(range.to.getTime()) }
  const answer = await postJson(`${sources.grafanaUrl}/api/ds/query`, body, { authorization: sources.grafanaAuth })
  const result = GrafanaAnswer.parse(answer).results.A
  if (result === undefined || result.error !== undefined) throw new Error(result?.error ?? 'no answer')
  return `${result.frames?.length ?? 0} frames`
}
