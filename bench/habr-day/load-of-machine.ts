import { cpus } from 'node:os'

/** Begins to measure; the function returned gives the share of all processors that was busy since. */
export function watchProcessors(): () => number {
  const read = () => {
    const times = cpus().map(cpu => cpu.times)
    const all = times.flatMap(time => Object.values(time)).reduce((sum, ms) => sum + ms, 0)
    return { all, idle: times.reduce((sum, { idle }) => sum + idle, 0) }
  }
  const before = read()
  return () => {
    const { all, idle } = read()
    return 1 - (idle - before.idle) / Math.max(1, all - before.all)
  }
}
