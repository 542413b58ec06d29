import { runAsProcess } from './command.ts'
import { runLifecycle } from './lifecycle.ts'

await runAsProcess(runLifecycle)
