import { type Prometheus, prometheusPrograms, startPrometheus } from '../support/prometheus.ts'
import { pause, until } from './fixture.ts'
import { isLong } from './results.ts'

/** The alerts of a real Prometheus with the committed rules that looks at one bot. */
export interface Alerts {
  /** From now on what fires is noted. */
  begin(): void
  /** The names of all that fired since, in the order they did. */
  fired(): readonly string[]
  /** Stops looking; the names of all that fired, in the order they did. */
  end(): Promise<string[]>
}

/** Only at full length, and where Prometheus is installed; null otherwise. The bot must be running. */
export async function watchAlerts(metricsPort: number): Promise<Alerts | null> {
  if (!isLong || !prometheusPrograms.wanted) return null
  const prometheus = await startPrometheus({ targets: { bot: `127.0.0.1:${metricsPort}` }, rewrite: quicken })
  await until('a first scrape', async () => (await prometheus.query('up{job="bot"} == 1')).length > 0)
  await until('no alert', async () => (await firingAlerts(prometheus)).length === 0)

  const seen = new Set<string>()
  let isOver = false
  let watching = Promise.resolve()
  const watch = async () => {
    while (!isOver) {
      for (const name of await firingAlerts(prometheus)) seen.add(name)
      await pause(1000)
    }
  }
  return {
    begin: () => {
      watching = watch()
    },
    fired: () => [...seen],
    end: async () => {
      isOver = true
      await watching
      return [...seen]
    },
  }
}

const firingAlerts = async (prometheus: Prometheus): Promise<string[]> =>
  (await prometheus.rules()).flatMap(({ state, name }) => (state === 'firing' && name !== 'Watchdog' ? [name] : []))

/** Alerts wait minutes before they fire; here what they would wait for is enough. */
const quicken = (rules: string): string =>
  rules.replaceAll(/^(\s+for:) \d+m$/gm, '$1 0s').replaceAll('seconds) > 300', 'seconds) > 5')
