import { runAsProcess } from './command.ts'
import { runDocs } from './docs.ts'

await runAsProcess(runDocs)
