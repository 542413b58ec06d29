import { readdirSync } from 'node:fs'
import { z } from 'zod'
import { askJson } from './http.ts'
import { type Check, check } from './report.ts'

const Targets = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({ labels: z.object({ job: z.string() }), health: z.string(), lastError: z.string().default('') }),
    ),
  }),
})
const Rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({ name: z.string(), health: z.string().default('ok'), lastError: z.string().default('') }),
        ),
      }),
    ),
  }),
})
const Alerts = z.array(z.object({ labels: z.object({ alertname: z.string() }) }))
const Health = z.object({ status: z.string(), message: z.string().default('') })
const Found = z.object({ dashboard: z.object({ title: z.string() }) })

export interface Services {
  grafanaUrl: string
  grafanaAuth: string
  lokiUrl: string
  prometheusUrl: string
  alertmanagerUrl: string
}

/** Is everything provisioned and joined: targets, rules, alerts, data sources, dashboards, and the closed door. */
export async function checkServices(services: Services): Promise<Check[]> {
  const { grafanaUrl, grafanaAuth, lokiUrl, prometheusUrl, alertmanagerUrl } = services
  const grafana = (path: string) => askJson(`${grafanaUrl}${path}`, { headers: { authorization: grafanaAuth } })
  const uids = readdirSync('grafana/generated').map(file => file.replace(/\.json$/, ''))
  return [
    await check('service', 'Prometheus sees every target', async () => {
      const { activeTargets } = Targets.parse(await askJson(`${prometheusUrl}/api/v1/targets?state=active`)).data
      const down = activeTargets.filter(({ health }) => health !== 'up')
      if (down.length > 0)
        throw new Error(down.map(({ labels, lastError }) => `${labels.job}: ${lastError}`).join('; '))
      if (!activeTargets.some(({ labels }) => labels.job === 'bot')) throw new Error('no bot among the targets')
      return `${activeTargets.length} up`
    }),
    await check('service', 'Prometheus evaluates every rule', () => rulesOf(`${prometheusUrl}/api/v1/rules`)),
    await check('service', 'Loki evaluates every rule', () => rulesOf(`${lokiUrl}/prometheus/api/v1/rules`)),
    await check('service', 'alerts reach Alertmanager', async () => {
      const alerts = Alerts.parse(await askJson(`${alertmanagerUrl}/api/v2/alerts`)).map(
        ({ labels }) => labels.alertname,
      )
      if (!alerts.includes('Watchdog')) throw new Error('the alert that always fires is not there')
      return [...new Set(alerts)].join(', ')
    }),
    await check('service', 'Grafana shows nothing without a password', async () => {
      const { status } = await fetch(`${grafanaUrl}/api/search`)
      if (status !== 401) throw new Error(`${status} instead of 401`)
      return '401'
    }),
    ...(await Promise.all(
      ['prometheus', 'loki', 'postgres'].map(uid =>
        check('service', `Grafana reaches ${uid}`, async () => {
          const { status, message } = Health.parse(await grafana(`/api/datasources/uid/${uid}/health`))
          if (status !== 'OK') throw new Error(message)
          return message
        }),
      ),
    )),
    ...(await Promise.all(
      uids.map(uid =>
        check(
          'service',
          `Grafana has ${uid}`,
          async () => Found.parse(await grafana(`/api/dashboards/uid/${uid}`)).dashboard.title,
        ),
      ),
    )),
  ]
}

async function rulesOf(url: string): Promise<string> {
  const rules = Rules.parse(await askJson(url)).data.groups.flatMap(group => group.rules)
  const ill = rules.filter(({ health }) => health === 'err')
  if (ill.length > 0) throw new Error(ill.map(({ name, lastError }) => `${name}: ${lastError}`).join('; '))
  if (rules.length === 0) throw new Error('no rules')
  return `${rules.length} rules`
}
