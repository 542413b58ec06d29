/** How long a message is assumed to use a stream until the first was measured. */
const assumedMs = 10_000
/** Weight that earlier messages keep at each new one: about the last thirty count. */
const memory = 0.97

/** Estimates waits from how long the last messages used streams, with all their calls. `nowMs` is a monotonic clock. */
export function createStreamWaits(size: number, nowMs = () => performance.now()) {
  const known = new WeakSet<object>()
  let running = 0
  let startedAtSum = 0
  let usedMs = 0
  let messages = 0
  /** Of the calls that have a stream now; after a sudden slowdown it is what is known of it. */
  const runningMs = () => (running === 0 ? 0 : nowMs() - startedAtSum / running)
  /** While all streams are in use, a message ends and the next begins once in so many milliseconds. */
  const everyMs = () => Math.max(messages === 0 ? assumedMs : usedMs / messages, runningMs()) / size
  return {
    /** A call of the message, which is the same object for each of them, has a stream; the result is called when it returns it. */
    begin: (message: object): (() => void) => {
      const startedAt = nowMs()
      running += 1
      startedAtSum += startedAt
      return () => {
        running -= 1
        startedAtSum -= startedAt
        if (!known.has(message)) {
          known.add(message)
          usedMs *= memory
          messages = messages * memory + 1
        }
        usedMs += nowMs() - startedAt
      }
    },
    /**
     * Wait in milliseconds behind so many messages and those that are being answered: they are half done on average, and
     * `size` streams are shared by all.
     */
    estimateMs: (ahead: number): number => (ahead + size / 2) * everyMs(),
    everyMs,
  }
}
