import { appendFileSync } from 'node:fs'

/** One line of the table in docs/reliability.md. */
export interface Result {
  area: string
  fault: string
  times: number
  /** What the users saw. */
  saw: string
  lost: number
  doubled: number
  /** From the end of the fault to the first answer, s; null where there is nothing to wait for. */
  recoveryS: number | null
  /** The alerts that fired; null when Prometheus did not run. */
  alert: string | null
  note?: string
}

/** Whether the suite runs at full length: `npm run test:faults`. */
export const isLong: boolean = process.env.FAULTS === 'long'

/** Writes a line of the table; nothing unless the full suite runs. */
export function report(result: Result): void {
  const file = process.env.FAULTS_RESULTS
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(result)}\n`)
}

/** For `alert`: what fired, null when Prometheus did not run. */
export const describeAlerts = (fired: readonly string[] | null): string | null =>
  fired === null ? null : fired.join(', ') || 'none'
