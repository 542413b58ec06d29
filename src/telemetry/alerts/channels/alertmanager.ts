import { z } from 'zod'
import type { OutboundFetch } from '../../../process/outbound.ts'
import type { Sleep } from '../../../process/sleep.ts'
import type { Alert } from '../alert.ts'
import { callHttp } from './http-call.ts'
import { tryDelivery } from './try-delivery.ts'

const Annotations = z.object({
  summary: z.string().optional(),
  description: z.string().default(''),
  first_step: z.string().default(''),
  runbook_url: z.string().default(''),
})
/** What Alertmanager's webhook receiver posts, as far as it is read (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). */
const Payload = z.object({
  groupKey: z.string(),
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: z.record(z.string(), z.string()),
      annotations: Annotations,
      startsAt: z.coerce.date(),
      endsAt: z.coerce.date(),
    }),
  ),
})

/** Labels that say what kind of alert it is: the rest says which one. */
const kindLabels = ['alertname', 'severity', 'component']

/** Reads what Alertmanager posts: its group and the alerts of it. Throws ZodError for anything else. */
export function readAlertmanagerPost(body: unknown): { group: string; alerts: Alert[] } {
  const { groupKey, alerts } = Payload.parse(body)
  return {
    group: groupKey,
    alerts: alerts.map(({ status, labels, annotations, startsAt, endsAt }) => ({
      name: labels.alertname ?? 'Alert',
      severity: labels.severity === 'critical' || labels.severity === 'info' ? labels.severity : 'warning',
      component: labels.component ?? '',
      labels: Object.fromEntries(Object.entries(labels).filter(([name]) => !kindLabels.includes(name))),
      summary: annotations.summary ?? labels.alertname ?? 'Тревога',
      description: annotations.description,
      firstStep: annotations.first_step,
      runbook: annotations.runbook_url,
      users: null,
      lastError: null,
      since: startsAt,
      endedAt: status === 'resolved' ? endsAt : null,
    })),
  }
}

export interface SilencerDeps {
  /** Base URL of Alertmanager. */
  url: string
  fetch: OutboundFetch
  sleep: Sleep
  now: () => Date
  timeoutMs?: number
}

/** Creates silences by Alertmanager's API v2. Rejects with a DeliveryError. */
export const createSilencer =
  ({ url, fetch, sleep, now, timeoutMs = 10_000 }: SilencerDeps) =>
  (labels: Record<string, string>, until: Date): Promise<void> => {
    const body = {
      matchers: Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
      startsAt: now().toISOString(),
      endsAt: until.toISOString(),
      createdBy: 'vkusvill-bot',
      comment: 'by a button in the chat of an administrator',
    }
    const address = `${url}/api/v2/silences`
    const post = async () => {
      await callHttp({ channel: 'alertmanager', fetch, method: 'POST', url: address, body, timeoutMs })
    }
    return tryDelivery('alertmanager', post, sleep)
  }
