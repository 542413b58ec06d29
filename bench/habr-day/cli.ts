import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startRedisServer } from '../../test/support/redis-server.ts'
import { describeMachine } from '../machine.ts'
import { machineLine } from '../report.ts'
import { createBenchServer } from '../server.ts'
import { type HabrDayOptions, playHabrDay } from './habr-day.ts'
import { breaches, habrDayTable, notices } from './table.ts'

const usage = `npm run habr-day [-- --people N] [--minutes M] [--bots K] [--polling | --form webhook|polling]
                    [--stream-seconds S] [--seed N] [--write]

  Plays the day of the article: N users (1000) arrive within M minutes (10) at K bots (3) behind one webhook, or at one bot
  by long polling, while GigaChat takes ten requests at a time, S seconds (8) each, and the shop one call a second. One bot is
  killed and one restarted. Prints what the users saw, and what every store counted; exit 1 on anything lost, doubled, out
  of order, above the pace, or counted differently. The webhook form needs redis-server.

  --write  puts the table into docs/reliability.md`

const documentPath = 'docs/reliability.md'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      people: { type: 'string', default: '1000' },
      minutes: { type: 'string', default: '10' },
      bots: { type: 'string' },
      form: { type: 'string', default: 'webhook' },
      polling: { type: 'boolean', default: false },
      'stream-seconds': { type: 'string', default: '8' },
      seed: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const form = values.polling ? 'polling' : readForm(values.form)
  const streamSeconds = readNumber('stream-seconds', values['stream-seconds'])
  const options: HabrDayOptions = {
    form,
    users: readNumber('people', values.people),
    minutes: readNumber('minutes', values.minutes),
    bots: form === 'polling' ? 1 : readNumber('bots', values.bots ?? '3'),
    streams: 10,
    streamSeconds,
    shopPerSecond: Math.max(1, Math.round(8 / streamSeconds)),
    thinkSeconds: 5,
    graceMinutes: 30,
    seed: readNumber('seed', values.seed),
  }
  const server = createBenchServer()
  const redis = form === 'webhook' ? await startRedisServer() : null
  const folder = await mkdtemp(join(tmpdir(), 'habr-day-'))
  try {
    const database = await server.createDatabase()
    const compiled = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))
    const day = await playHabrDay(options, {
      programs: { bot: compiled('main.js'), cli: compiled('cli/main.js') },
      databaseUrl: database.url,
      redisUrl: redis?.url ?? null,
      folder,
      note: text => console.error(text),
    })
    await database.drop()
    const machine = machineLine({ ...describeMachine(), postgres: await server.version() })
    const table = `${habrDayTable(day)}\n\n${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC; ${machine}.`
    console.log(table)
    if (values.write) await writeTable(form, table)
    for (const notice of notices(day).slice(0, 50)) console.error(notice)
    const found = breaches(day)
    for (const breach of found.slice(0, 50)) console.error(breach)
    if (found.length > 0) process.exitCode = 1
  } finally {
    await server.stop()
    await redis?.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

function readForm(text: string): HabrDayOptions['form'] {
  if (text === 'webhook' || text === 'polling') return text
  throw new Error(`--form must be webhook or polling\n\n${usage}`)
}

function readNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} must be a number above 0\n\n${usage}`)
  return value
}

/** Replaces what stands between the marks of this form. */
async function writeTable(form: string, table: string): Promise<void> {
  const [begin, end] = [
    `<!-- habr-day ${form}: begin, written by npm run habr-day -->`,
    `<!-- habr-day ${form}: end -->`,
  ]
  const text = await readFile(documentPath, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to === -1) throw new Error(`${documentPath} has no marks for ${form}`)
  await writeFile(documentPath, `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`)
}

await main()
