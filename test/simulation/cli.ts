import { parseArgs } from 'node:util'
import { simulatePace } from './pace.ts'
import { hashOfAll, playSeeds } from './play-seeds.ts'
import { simulate } from './simulate.ts'

/** `npm run simulate -- --seed N` prints the trace of a seed; `-- --seeds N [--from M] [--threads T]` plays that many; `--pace` those of streams and pace. Exit 1 on a broken promise. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    threads: { type: 'string' },
    pace: { type: 'boolean', default: false },
  },
})
const { pace } = values
const print = (line: string) => void process.stdout.write(`${line}\n`)

if (values.seed !== undefined) {
  const seed = Number(values.seed)
  const onStep = (at: number, step: string) => print(`${at.toFixed(1).padStart(10)} ${step}`)
  const result = await (pace ? simulatePace(seed, { onStep }) : simulate(seed, { onStep }))
  if ('profile' in result) print(JSON.stringify(result.profile))
  print(`seed ${seed}: ${result.steps} steps, hash ${result.hash}, ${result.broken?.message ?? 'every promise held'}`)
  process.exitCode = result.broken === null ? 0 : 1
} else {
  const startedAt = performance.now()
  const played = await playSeeds({
    from: Number(values.from ?? 1),
    count: Number(values.seeds ?? 10_000),
    pace,
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
  })
  const broken = played.flatMap(({ seed, broken }) => (broken === null ? [] : [`seed ${seed}: ${broken.message}`]))
  for (const line of broken) print(line)
  const steps = played.reduce((sum, result) => sum + result.steps, 0)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage()
  const cost = `${seconds.toFixed(1)} s, ${((user + system) / 1000 / played.length).toFixed(2)} ms of a processor each`
  print(`${played.length} seeds, ${steps} steps, hash ${hashOfAll(played)}, ${cost}, ${broken.length} broken`)
  process.exitCode = broken.length === 0 ? 0 : 1
}
