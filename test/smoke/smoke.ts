import type { SmokeSettings } from './addresses.ts'
import { openDatabase, openPlaces } from './places.ts'
import { askEveryQuery, everyQuery } from './queries.ts'
import { type Check, check } from './report.ts'
import { checkServices } from './services.ts'
import { play } from './shoppers.ts'
import { compareSignals, marginSeconds, readCounters, waitForScrape } from './signals.ts'

const serviceName = 'vkusvill-bot'

/**
 * Twenty shoppers, then everything a running stack must show of them. No other user may play during it: the growth of counters
 * is compared with the rows of these shoppers. Ids of a run are its own, so that it can be repeated.
 */
export async function smoke(settings: SmokeSettings, say: (text: string) => void, count = 20): Promise<Check[]> {
  const first = 1_000_000_000 + (Math.floor(Date.now() / 1000) % 5_000_000) * 100
  const who = { first, last: first + count - 1 }
  const credentials = `${settings.SMOKE_GRAFANA_USER}:${settings.SMOKE_GRAFANA_PASSWORD}`
  const database = openDatabase(settings.SMOKE_DATABASE_URL)
  const addresses = {
    grafanaUrl: settings.SMOKE_GRAFANA_URL,
    grafanaAuth: `Basic ${Buffer.from(credentials).toString('base64')}`,
    lokiUrl: settings.SMOKE_LOKI_URL,
    prometheusUrl: settings.SMOKE_PROMETHEUS_URL,
    alertmanagerUrl: settings.SMOKE_ALERTMANAGER_URL,
    database,
  }
  try {
    const places = openPlaces(addresses, who)
    say('waiting for a scrape\n')
    await waitForScrape(places.metric, settings.SMOKE_WAIT_SECONDS * 1000)
    const before = await readCounters(places.metric)
    const startedAt = new Date()
    say(`${count} shoppers, ${who.first} to ${who.last}\n`)
    const played = await check('play', `${count} shoppers get a cart`, async () => {
      await play(settings.SMOKE_SANDBOX_URL, who.first, count)
      return `${Math.round((Date.now() - startedAt.getTime()) / 1000)} s`
    })
    say('waiting for rows, lines and metrics to agree\n')
    const signals = await compareSignals({
      ...{ places, before, serviceName },
      fillIn: logql =>
        logql.replaceAll('$window', `${Math.ceil((Date.now() - startedAt.getTime()) / 1000) + marginSeconds}s`),
      waitMs: settings.SMOKE_WAIT_SECONDS * 1000,
    })
    say('asking every query\n')
    const range = { from: new Date(Date.now() - 6 * 3600 * 1000), to: new Date() }
    return [
      played,
      ...signals,
      ...(await checkServices(addresses)),
      ...(await askEveryQuery(everyQuery(), addresses, range)),
    ]
  } finally {
    await database.end()
  }
}
