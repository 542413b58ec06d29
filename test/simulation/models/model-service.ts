import type { Kernel } from '../kernel.ts'
import type { SimulatedProcess } from '../machine.ts'

/** A service that takes a while for an answer and has only so many streams. */
export interface ModelService {
  /** Resolves with the answer; a process that dies frees its stream when its connection ends. */
  ask(machine: SimulatedProcess, what: string): Promise<void>
  inUse(): number
}

/** Answers after `durationMs`; `onBusy` is called with the number in use whenever it is above `streams`. */
export function createModelService(
  kernel: Kernel,
  durationMs: () => number,
  onChange: (byMachine: ReadonlyMap<SimulatedProcess, number>) => void,
): ModelService {
  const { after, random, trace } = kernel
  const inUse = new Map<SimulatedProcess, number>()
  const change = (machine: SimulatedProcess, by: number) => {
    const count = (inUse.get(machine) ?? 0) + by
    if (count > 0) inUse.set(machine, count)
    else inUse.delete(machine)
    onChange(inUse)
  }
  return {
    ask: (machine, what) =>
      new Promise(resolve => {
        after(random.next() * 30, () => {
          if (!machine.isAlive()) return
          trace(`${machine.name} model ${what} begins`)
          change(machine, 1)
          after(durationMs(), () => {
            if (!machine.isAlive()) return
            trace(`${machine.name} model ${what} answers`)
            change(machine, -1)
            after(random.next() * 30, () => machine.enter(resolve))
          })
        })
      }),
    inUse: () => {
      for (const machine of [...inUse.keys()]) if (!machine.isAlive()) inUse.delete(machine)
      return [...inUse.values()].reduce((sum, n) => sum + n, 0)
    },
  }
}
