/** Creates a fake clock that advances only by `advance` and `sleep`. */
export function createTestClock(start = '2026-11-22T12:00:00Z') {
  let time = Date.parse(start)
  const slept: number[] = []
  return {
    now: () => new Date(time),
    advance: (ms: number) => {
      time += ms
    },
    sleep: async (ms: number) => {
      slept.push(ms)
      time += ms
    },
    /** All sleeps so far, in milliseconds. */
    slept,
  }
}
