import { reason } from './http.ts'

/** One thing that was looked at. */
export interface Check {
  group: string
  name: string
  ok: boolean
  detail: string
}

/** Runs a check; what it throws is its detail. */
export async function check(group: string, name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { group, name, ok: true, detail: await look() }
  } catch (err) {
    return { group, name, ok: false, detail: reason(err) }
  }
}

/** A table for a terminal: every hole, and what is well in short. */
export function showReport(checks: readonly Check[]): string {
  const width = (of: (check: Check) => string) => Math.max(0, ...checks.map(one => of(one).length))
  const [groups, names] = [
    width(({ group }) => group),
    Math.min(
      70,
      width(({ name }) => name),
    ),
  ]
  const lines = checks.map(({ ok, group, name, detail }) =>
    `${ok ? 'ok  ' : 'HOLE'}  ${group.padEnd(groups)}  ${name.padEnd(names)}  ${detail.replace(/\s+/g, ' ').slice(0, 160)}`.trimEnd(),
  )
  const holes = checks.filter(({ ok }) => !ok).length
  return `${lines.join('\n')}\n\n${checks.length - holes} well, ${holes} holes\n`
}
