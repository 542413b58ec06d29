/** Passes on the first failure of each message, however often it is repeated, until `clear`. */
export function createOncePerCause(report: (err: unknown) => void) {
  const causes = new Set<string>()
  return {
    report: (err: unknown): void => {
      const cause = err instanceof Error ? err.message : typeof err
      if (!causes.has(cause)) report(err)
      causes.add(cause)
    },
    clear: (): void => causes.clear(),
  }
}
