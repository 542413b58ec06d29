import { serviceName } from '../../../src/telemetry/logger.ts'

/** The dashboard of one request: its steps, lines and events. */
export const requestUid = 'bot-request'

/** The dashboard that shows log lines. */
export const logsUid = 'bot-logs'

const windowMs = 10 * 60 * 1000

/** The chosen environments, for a dashboard that can choose them. */
export const envOfDashboard = '&$' + '{env:queryparam}'

/** From a point of a graph to the log lines of the five minutes before and after it. */
export const logsAround = {
  title: 'Логи вокруг этого времени',
  url: `/d/${logsUid}?time=\${__value.time}&time.window=${windowMs}${envOfDashboard}`,
}

/** The same lines in Explore, over the whole range of the dashboard. */
export const exploreLogs = {
  title: 'Логи в Explore',
  url: explore(`{service_name="${serviceName}"}`),
}

/** From a request to its own dashboard. */
export const thisRequest = (value: string) => ({
  title: 'Этот запрос',
  url: `/d/${requestUid}?from=\${__from}&to=\${__to}&var-request_id=\${${value}}`,
})

/** From a value to the log lines that hold it, in Explore. */
export const linesWith = (title: string, field: string, value: string) => ({
  title,
  url: explore(`{service_name="${serviceName}"} | json ${field}="${field}" | ${field}="\${${value}}"`),
})

/** Grafana fills in `${…}` after this: only what is around may be escaped. */
function explore(expr: string): string {
  const panes = {
    logs: {
      datasource: 'loki',
      queries: [{ refId: 'A', datasource: { type: 'loki', uid: 'loki' }, expr }],
      range: { from: '$' + '{__from}', to: '$' + '{__to}' },
    },
  }
  const escaped = encodeURIComponent(JSON.stringify(panes)).replace(
    /%24%7B([\w.%]+?)%7D/g,
    (_all, name: string) => `\${${decodeURIComponent(name)}}`,
  )
  return `/explore?schemaVersion=1&orgId=1&panes=${escaped}`
}
