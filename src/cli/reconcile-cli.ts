import { runAsProcess } from './command.ts'
import { runReconcile } from './reconcile.ts'

await runAsProcess(async context => {
  if (!(await runReconcile(context))) process.exitCode = 1
})
