import { runAsProcess } from './command.ts'
import { runRebuild } from './rebuild.ts'

await runAsProcess(runRebuild)
