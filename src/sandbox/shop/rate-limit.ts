const windowMs = 60_000

/** Counts calls per client over the last minute. `take` is false when the client has used them up; a refused call does not count. */
export function createRateLimit(perMinute: number, now: () => Date) {
  const calls = new Map<string, number[]>()
  return {
    take(client: string): boolean {
      const since = now().getTime() - windowMs
      const recent = (calls.get(client) ?? []).filter(at => at > since)
      const allowed = recent.length < perMinute
      if (allowed) recent.push(now().getTime())
      calls.set(client, recent)
      return allowed
    },
    reset: () => calls.clear(),
  }
}
