import { readSettings } from './addresses.ts'
import { reason } from './http.ts'
import { showReport } from './report.ts'
import { smoke } from './smoke.ts'

/** `npm run smoke`: plays twenty shoppers in a running stack and looks whether everything saw them; exit 1 on any hole. */
try {
  const checks = await smoke(readSettings(process.env), text => void process.stderr.write(text))
  process.stdout.write(showReport(checks))
  process.exitCode = checks.every(({ ok }) => ok) ? 0 : 1
} catch (err) {
  process.stderr.write(`${reason(err)}\n`)
  process.exitCode = 1
}
