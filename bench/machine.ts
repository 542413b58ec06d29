import { cpus, loadavg, release, totalmem, type } from 'node:os'

/** Where a run took place. */
export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  system: string
  node: string
  /** Undefined when no bench needed one. */
  postgres?: string | undefined
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  node: process.version,
})

/** Processes that waited for the processor during the last minute, on average. */
export const currentLoad = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100
