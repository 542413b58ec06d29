import { runAsProcess } from './command.ts'
import { runReport } from './report.ts'

await runAsProcess(runReport)
