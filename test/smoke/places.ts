import pg from 'pg'
import { z } from 'zod'
import { askJson } from './http.ts'
import type { Places, Shoppers } from './signals.ts'

const Vector = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]).optional() })) }),
})
const only = (answer: unknown): number => Number(Vector.parse(answer).data.result[0]?.value?.[1] ?? 0)

export const queryPrometheus = (url: string, query: string) =>
  askJson(`${url}/api/v1/query?${new URLSearchParams({ query })}`)
/** A question for lines is asked over the range, one for numbers at its end. */
export const queryLoki = (url: string, query: string, instant: boolean) => {
  const now = `${Date.now()}000000` // ns
  const params = instant ? { query, time: now } : { query, end: now, limit: '100' }
  return askJson(`${url}/loki/api/v1/${instant ? 'query' : 'query_range'}?${new URLSearchParams(params)}`)
}

/** The three places of a running stack. */
export function openPlaces(
  addresses: { lokiUrl: string; prometheusUrl: string; database: pg.Pool },
  who: Shoppers,
): Places {
  const { lokiUrl, prometheusUrl, database } = addresses
  return {
    row: async sql => {
      const { rows } = await database.query<Record<string, string>>(sql, [who.first, who.last])
      return Number(Object.values(rows[0] ?? {})[0] ?? 0)
    },
    line: async logql => only(await queryLoki(lokiUrl, logql, true)),
    metric: async promql => only(await queryPrometheus(prometheusUrl, promql)),
  }
}

export const openDatabase = (url: string): pg.Pool => {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => undefined) // the statement in flight fails, which is where it is seen
  return pool
}
