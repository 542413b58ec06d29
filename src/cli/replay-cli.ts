import { runAsProcess } from './command.ts'
import { runReplay } from './replay.ts'

await runAsProcess(async context => {
  if (!(await runReplay(context))) process.exitCode = 1
})
