import { z } from 'zod'

const address = (fallback: string) =>
  z
    .url()
    .default(fallback)
    .transform(url => url.replace(/\/+$/, ''))

/** Where the stack is: by default the services of docker-compose.yml, by their names in its network. */
const Settings = z.object({
  SMOKE_SANDBOX_URL: address('http://sandbox:8081'),
  SMOKE_LOKI_URL: address('http://loki:3100'),
  SMOKE_PROMETHEUS_URL: address('http://prometheus:9090'),
  SMOKE_ALERTMANAGER_URL: address('http://alertmanager:9093'),
  SMOKE_GRAFANA_URL: address('http://grafana:3000'),
  SMOKE_GRAFANA_USER: z.string().default('admin'),
  SMOKE_GRAFANA_PASSWORD: z.string().min(1),
  /** As the bot's own user: the rows of single users are compared. */
  SMOKE_DATABASE_URL: z.url(),
  /** Longest delay of a signal. */
  SMOKE_WAIT_SECONDS: z.coerce.number().positive().default(180),
})
export type SmokeSettings = z.infer<typeof Settings>

/** Throws an Error that names every bad or missing setting, never a value. */
export function readSettings(environment: Record<string, string | undefined>): SmokeSettings {
  const given = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '')
  const parsed = Settings.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
}
