import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../test/support/programs.ts'
import { type BotProcess, spawnBot } from '../../test/support/spawn-bot.ts'

export interface FleetOptions {
  /** The compiled main module of the bot. */
  main: string
  folder: string
  bots: number
  /** Of each bot; ports and `DATA_DIR` are added. */
  settings: Record<string, string>
}

/** A bot without an answer to users, monotonic ms. */
export interface Outage {
  what: string
  from: number
  to: number
}

interface Member {
  process: BotProcess
  settings: Record<string, string>
}

const scrapeEveryMs = 1_000

/** Several bots, each a process with its own ports and `DATA_DIR`, scraped every second as Prometheus would. */
export async function startFleet({ main, folder, bots, settings }: FleetOptions) {
  const members: Member[] = []
  /** The last scrape of every process that ever ran. */
  const scrapes = new Map<BotProcess, string>()
  const outages: Outage[] = []

  const spawn = (own: Record<string, string>) => spawnBot(main, folder, own)
  const scrape = () =>
    Promise.all(
      members.map(async ({ process }) => {
        const text = await process.metrics().catch(() => null)
        if (text !== null) scrapes.set(process, text)
      }),
    )
  const timer = setInterval(() => void scrape(), scrapeEveryMs)
  /** Ends one, waits until it has ended, and starts it again with the same ports and files. */
  const restart = async (index: number, what: string, end: (bot: BotProcess) => Promise<unknown>) => {
    const member = members[index]
    if (member === undefined) throw new RangeError(`there is no bot ${index}`)
    const from = performance.now()
    await end(member.process)
    member.process = await spawn(member.settings)
    await member.process.started()
    outages.push({ what, from, to: performance.now() })
  }
  const stop = async () => {
    clearInterval(timer)
    const all = Object.values(members) // one that did not come to its start is missing
    for (const { process } of all) process.child.kill('SIGTERM')
    await Promise.all(all.map(({ process }) => process.exit))
  }

  const start = async (index: number) => {
    const dataDir = join(folder, `bot-${index}`)
    await mkdir(dataDir)
    const ports = { HTTP_PORT: String(await freePort()), METRICS_PORT: String(await freePort()) }
    const own = { ...settings, ...ports, DATA_DIR: dataDir }
    const process = await spawn(own)
    members[index] = { process, settings: own }
    await process.started()
  }

  try {
    const started = await Promise.allSettled(Array.from({ length: bots }, (_, index) => start(index)))
    for (const one of started) if (one.status === 'rejected') throw one.reason
  } catch (err) {
    await stop()
    throw err
  }
  return {
    urls: (): string[] => members.map(({ process }) => process.publicUrl),
    outages,
    /** `kill -9`, and a new start immediately, as Docker does. */
    kill: (index: number) => restart(index, 'kill -9', bot => bot.kill()),
    /** SIGTERM, as for a new version. */
    replace: (index: number) =>
      restart(index, 'SIGTERM', async bot => {
        bot.child.kill('SIGTERM')
        let hasEnded = false
        void bot.exit.then(() => {
          hasEnded = true
        })
        // what it counts while it ends would be missing else
        while (!hasEnded) {
          await scrape()
          await new Promise(resolve => setTimeout(resolve, 50))
        }
      }),
    /** Reads the metrics of all that live; then a counter is the sum over all processes, of ended ones as last scraped. */
    counters: async () => {
      await scrape()
      const texts = [...scrapes.values()]
      return (promql: string) => texts.reduce((sum, text) => sum + sumOf(promql, text), 0)
    },
    stop,
  }
}

const query = /^sum\((?<name>\w+)(?:\{(?<label>\w+)="(?<value>[^"]*)"\})?\)$/

/** The value of `sum(name{label="value"})` in one scrape; a label compared with "" is absent. Throws for any other query. */
function sumOf(promql: string, scrape: string): number {
  const { name, label, value } = query.exec(promql)?.groups ?? {}
  if (name === undefined) throw new Error(`not a sum of one counter: ${promql}`)
  let sum = 0
  for (const [, series, labels = '', figure] of scrape.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)/gm)) {
    if (series !== name) continue
    const given = label === undefined ? '' : (new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(labels)?.[1] ?? '')
    if (label === undefined || given === value) sum += Number(figure)
  }
  return sum
}
