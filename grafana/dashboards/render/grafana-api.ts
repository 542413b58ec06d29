import { z } from 'zod'

/** A Grafana that can be asked and written to: one of the compose file, or any with the same data sources. */
export interface GrafanaApi {
  /** Stores a dashboard under its uid, over one that is there. */
  store(dashboard: unknown): Promise<void>
  remove(uid: string): Promise<void>
  /** How many values the data sources answer a panel's queries with, over this range in milliseconds. */
  countValues(queries: readonly unknown[], range: { from: number; to: number }): Promise<number>
}

const timeoutMs = 60_000
const Values = z.looseObject({
  results: z.record(
    z.string(),
    z.looseObject({
      frames: z
        .array(z.looseObject({ data: z.looseObject({ values: z.array(z.array(z.unknown())) }).optional() }))
        .default([]),
    }),
  ),
})

/** `authorization` is the value of that header. A refusal is an error with what Grafana answered. */
export function createGrafanaApi(url: string, authorization: string): GrafanaApi {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: Grafana answers ${response.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }
  return {
    async store(dashboard) {
      await ask('POST', '/api/dashboards/db', { dashboard, overwrite: true, message: 'to be seen' })
    },
    async remove(uid) {
      await ask('DELETE', `/api/dashboards/uid/${uid}`)
    },
    async countValues(queries, { from, to }) {
      const answer = await ask('POST', '/api/ds/query', { queries, from: String(from), to: String(to) })
      const frames = Object.values(Values.parse(answer).results).flatMap(result => result.frames)
      return frames.reduce((sum, { data }) => sum + Math.max(0, ...(data?.values ?? []).map(({ length }) => length)), 0)
    },
  }
}
