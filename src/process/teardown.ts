/**
 * Collects how to undo each successful step of a start. `run` undoes them in reverse order, once however often it is called;
 * a failing step does not keep the others from running. Rejects with an AggregateError of what failed.
 */
export function createTeardown() {
  const steps: (() => Promise<unknown> | unknown)[] = []
  let running: Promise<void> | undefined

  const release = async () => {
    const failures: unknown[] = []
    for (const undo of steps.splice(0).reverse()) {
      try {
        await undo()
      } catch (err) {
        failures.push(err)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped in order')
  }
  return {
    add: (undo: () => Promise<unknown> | unknown): void => void steps.push(undo),
    run: (): Promise<void> => (running ??= release()),
  }
}

/** Registers how to undo a step that succeeded. */
export type Teardown = Pick<ReturnType<typeof createTeardown>, 'add'>
