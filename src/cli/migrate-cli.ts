import { runAsProcess } from './command.ts'
import { runMigrate } from './migrate.ts'

await runAsProcess(runMigrate)
