import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { spread } from './measure.ts'
import { flameGraph, readProfile, selfTimes } from './profile.ts'
import { startEnvironment, startOptions } from './start-options.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What `npm start` runs: a bundle. */
const main = join(root, 'dist/main.js')
const build = () =>
  promisify(execFile)(process.execPath, ['scripts/build.mjs', 'tsconfig.build.json', 'dist', 'src/main.ts'], {
    cwd: root,
  })

export const startBench: Bench = {
  name: 'start',
  question: 'How long from the start of the process to the first answer, and how large is what is installed for it?',
  against: 'nothing else; the target is one second',
  settings: [
    'Sandbox mode: PostgreSQL embedded in DATA_DIR, fakes and demo history in the same process. The first start, which creates the database, does not count; the others find it, and start its server.',
    'The clock begins with `node main.js` and ends with the answer to /start in the chat; what npm and the compiler take before stands in a row of its own.',
    'The modules are those of the image: `npm ci --omit=dev` into an empty folder, then `scripts/trim-modules.mjs`; on disk each file takes whole blocks of 4 KiB.',
  ],
  explained: [
    'The image has Node 24, this run the one that the head of the page names. Beside each other, interleaved on a busy machine, medians of nine starts: 0.76 s of processor time with Node 24.21 instead of 0.86 with Node 20.20, so 0.88 ×, at 148 instead of 134 MB of memory 8 s after the first answer; 4 MB of the 14 are memory of its own, the rest are pages of its larger program. Its compile cache (`NODE_COMPILE_CACHE`, filled by the start before) saves 0.05 s more, and holds 15 MB for as long as the process lives: 102 instead of 88 MB of its own. So it is not used.',
  ],
  run,
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  await build()
  const folder = await context.folder()
  context.note('first start, creates the database')
  await startOnce(folder, 100)
  const starts: Start[] = []
  for (let round = 0; round < context.rounds; round++) starts.push(await startOnce(folder, 101 + round))
  const value = spread(starts.map(({ seconds }) => seconds))
  const processor = starts.flatMap(({ processorSeconds }) => processorSeconds ?? [])
  const started = { what: 'from start to first answer, existing database', unit: 's', value }
  const results: BenchResult[] = [{ ...started, target: { text: 'at most 1 s', met: value.median <= 1 } }]
  if (processor.length > 0) {
    results.push({ what: 'of that, processor time of the bot', unit: 's', value: spread(processor) })
  }
  if (context.scale !== 'quick') results.push(await unchangedBuild(), ...(await installedSize(context)))
  return [...results, ...(await profileOfStart(context, folder))]
}

/** What `npm start` does before the process when no source changed. */
async function unchangedBuild(): Promise<BenchResult> {
  const begun = performance.now()
  await build()
  return {
    what: 'npm start, nothing to compile: before the process',
    unit: 's',
    value: spread([(performance.now() - begun) / 1000]),
  }
}

/** The costliest functions of the main thread in one more start, the end of the process included. */
async function profileOfStart(context: BenchContext, folder: string): Promise<BenchResult[]> {
  const profiles = await context.folder()
  await startOnce(folder, 99, ['--cpu-prof', `--cpu-prof-dir=${profiles}`])
  const texts = await Promise.all((await readdir(profiles)).map(name => readFile(join(profiles, name), 'utf8')))
  // the threads beside it write profiles too
  const frames = texts.map(readProfile).sort((a, b) => b.total - a.total)
  const [main] = frames
  if (main === undefined) return []
  context.keep('start.svg', flameGraph(main, 'From start to first answer: processor time of the main thread'))
  return selfTimes(main)
    .slice(0, 8)
    .map(({ name, ms, share }) => ({
      what: `profile: ${name}`,
      unit: 'ms',
      value: spread([ms]),
      remark: `${(share * 100).toFixed(1)} % of the main thread`,
    }))
}

interface Start {
  seconds: number
  /** Of all threads; undefined except on Linux. */
  processorSeconds: number | undefined
}

/** Starts the bot, sends /start as a new user, and stops it. */
async function startOnce(folder: string, user: number, nodeOptions: readonly string[] = []): Promise<Start> {
  const begun = performance.now()
  const bot = spawn(process.execPath, [...startOptions, ...nodeOptions, main], {
    cwd: folder,
    env: {
      ...startEnvironment,
      PATH: process.env.PATH,
      DATA_DIR: join(folder, 'data'),
      HTTP_PORT: '0',
      METRICS_PORT: '0',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const url = await chatAddress(bot)
    const chat = `${url.replace(/\/$/, '')}/sandbox/chats/${user}/messages`
    await fetch(chat, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: '/start' }),
    })
    for (;;) {
      const messages = await (await fetch(chat)).text()
      if (messages.includes('"from":"bot"')) {
        return { seconds: (performance.now() - begun) / 1000, processorSeconds: await processorSeconds(bot.pid) }
      }
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  } finally {
    const ended = once(bot, 'exit')
    bot.kill('SIGTERM')
    await ended
  }
}

/** User and system time of a process, in hundredths of a second in its stat. */
async function processorSeconds(pid: number | undefined): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / 100
}

async function chatAddress(bot: ChildProcess): Promise<string> {
  let output = ''
  for (;;) {
    const address = /https?:\/\/\S+/.exec(output)?.[0]
    if (address !== undefined) return address
    const [chunk] = await Promise.race([
      once(bot.stderr ?? bot, 'data'),
      once(bot, 'exit').then(([code]) => Promise.reject(new Error(`the bot ended with ${code}: ${output}`))),
    ])
    output += String(chunk)
  }
}

async function installedSize(context: BenchContext): Promise<BenchResult[]> {
  const folder = await context.folder()
  const modules = join(folder, 'node_modules')
  context.note('npm ci --omit=dev')
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(root, file), join(folder, file))
  const run = promisify(execFile)
  await run('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder })
  const installed = await sizeOf(modules)
  await run(process.execPath, [join(root, 'scripts/trim-modules.mjs'), modules])
  const trimmed = await sizeOf(modules)
  return [
    {
      what: 'production modules of the image, on disk',
      unit: 'MB',
      value: spread([trimmed.onDisk / 1e6]),
      remark: `sum of the files ${(trimmed.bytes / 1e6).toFixed(1)} MB; ${trimmed.packages} packages`,
      target: { text: 'at most 45 MB', met: trimmed.onDisk <= 45e6 },
    },
    {
      what: 'the same as npm installs them',
      unit: 'MB',
      value: spread([installed.onDisk / 1e6]),
      remark: `sum of the files ${(installed.bytes / 1e6).toFixed(1)} MB`,
    },
  ]
}

async function sizeOf(folder: string): Promise<{ bytes: number; onDisk: number; packages: number }> {
  let [bytes, onDisk, packages] = [0, 0, 0]
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile()) continue
    const { size } = await lstat(path)
    bytes += size
    onDisk += Math.ceil(size / 4096) * 4096
    if (/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path)) packages += 1
  }
  return { bytes, onDisk, packages }
}
