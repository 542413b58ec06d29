/** Processor time that this process spends on `work`, ms: unlike the time that passes it does not grow with what else the machine does. */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** What reads a long text in one go stays far below this, ms; what looks back and forth needs minutes. */
export const oneGoMs = 5_000
