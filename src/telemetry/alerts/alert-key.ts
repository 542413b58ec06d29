import type { Alert } from './alert.ts'

/** Identity of an alert across evaluations, replicas and restarts: its name and its labels, in an order that is always the same. */
export const alertKey = ({ name, labels }: Pick<Alert, 'name' | 'labels'>): string =>
  JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
