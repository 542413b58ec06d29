import { runAsProcess } from './command.ts'
import { runGenerate } from './generate.ts'

await runAsProcess(runGenerate)
