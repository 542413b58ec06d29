/**
 * The way back of a start: every step that succeeded registers how to undo it. `run` undoes in reverse order, every step
 * even when one fails, once however often it is called, and throws what failed at its end.
 */
export function createReleaseSteps() {
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
