import { parseArgs } from 'node:util'
import { simulatePace } from './pace.ts'
import { simulate } from './simulate.ts'

/** `npm run simulate -- --seed N` prints the trace of a seed; `-- --seeds N [--from M]` plays that many; `--pace` those of streams and pace. Exit 1 on a broken promise. */
const { values } = parseArgs({
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, from: { type: 'string' }, pace: { type: 'boolean' } },
})
const play = values.pace === true ? simulatePace : simulate
const print = (line: string) => void process.stdout.write(`${line}\n`)

if (values.seed !== undefined) {
  const seed = Number(values.seed)
  const result = await play(seed, { onStep: (at, step) => print(`${at.toFixed(1).padStart(10)} ${step}`) })
  if ('profile' in result) print(JSON.stringify(result.profile))
  print(`seed ${seed}: ${result.steps} steps, hash ${result.hash}, ${result.broken?.message ?? 'every promise held'}`)
  process.exitCode = result.broken === null ? 0 : 1
} else {
  const from = Number(values.from ?? 1)
  const count = Number(values.seeds ?? 10_000)
  const startedAt = performance.now()
  let broken = 0
  let steps = 0
  for (let seed = from; seed < from + count; seed++) {
    const result = await play(seed)
    steps += result.steps
    if (result.broken === null) continue
    broken += 1
    print(`seed ${seed}: ${result.broken.message}`)
  }
  const seconds = (performance.now() - startedAt) / 1000
  print(`${count} seeds, ${steps} steps, ${seconds.toFixed(1)} s, ${broken} broken`)
  process.exitCode = broken === 0 ? 0 : 1
}
