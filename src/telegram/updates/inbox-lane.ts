import { type Sleep, sleep as sleepByClock, wokenUp } from '../../process/sleep.ts'

export interface InboxLaneDeps<Put, Done, Answer> {
  /** Drops `done` and stores `puts` in one commit; resolves to an answer for each put, in their order. */
  exchange(done: readonly Done[], puts: readonly Put[]): Promise<Answer[]>
  /** True for a failure that may lie in one of several puts: the others go again without it. */
  mayConcernOne?: (err: unknown) => boolean
  sleep?: Sleep
}

export interface InboxLane<Put, Done, Answer> {
  /** Resolves once the update is stored. */
  put(update: Put): Promise<Answer>
  /** Resolves once they are deleted. */
  done(updates: readonly Done[]): Promise<void>
  /** Sends what waits, without waiting for more. Never rejects. */
  flush(): Promise<void>
}

interface Waiting<Item, Answer> {
  item: Item
  resolve(answer: Answer): void
  reject(err: unknown): void
}

/** How long what was dealt with waits to go along with an update that comes, in milliseconds. */
const doneWaitMs = 250
const mostPuts = 100

/**
 * One statement at a time, with all that came while the one before was in flight: a commit is the expensive part, and shared. So a
 * busy process deletes what it has answered in the statement that stores what comes next.
 */
export function createInboxLane<Put, Done, Answer>({
  exchange,
  mayConcernOne = () => false,
  sleep = sleepByClock,
}: InboxLaneDeps<Put, Done, Answer>): InboxLane<Put, Done, Answer> {
  let puts: Waiting<Put, Answer>[] = []
  let done: Waiting<readonly Done[], void>[] = []
  let running: Promise<void> | undefined
  let waiting: AbortController | undefined

  const exchangeAll = async (
    dropped: readonly Waiting<readonly Done[], void>[],
    sent: readonly Waiting<Put, Answer>[],
  ) => {
    try {
      const answers = await exchange(
        dropped.flatMap(({ item }) => item),
        sent.map(({ item }) => item),
      )
      for (const { resolve } of dropped) resolve()
      sent.forEach(({ resolve, reject }, i) => {
        const answer = answers[i]
        if (answer === undefined) reject(new TypeError('an update without an answer'))
        else resolve(answer)
      })
    } catch (err) {
      for (const { reject } of dropped) reject(err)
      if (sent.length > 1 && mayConcernOne(err)) for (const put of sent) await exchangeAll([], [put])
      else for (const { reject } of sent) reject(err)
    }
  }
  const send = async () => {
    waiting?.abort(wokenUp)
    waiting = undefined
    const [dropped, sent] = [done, puts.slice(0, mostPuts)]
    done = []
    puts = puts.slice(mostPuts)
    await exchangeAll(dropped, sent)
  }
  const run = async () => {
    await Promise.resolve() // those that came in one answer of Telegram are put in the same turn
    do await send()
    while (puts.length > 0)
    running = undefined
    if (done.length > 0) later()
  }
  const now = () => {
    running ??= run()
    return running
  }
  const later = () => {
    if (waiting !== undefined) return
    const mine = new AbortController()
    waiting = mine
    void sleep(doneWaitMs, mine.signal).then(() => {
      if (!mine.signal.aborted) void now()
    })
  }

  return {
    put: item =>
      new Promise((resolve, reject) => {
        puts.push({ item, resolve, reject })
        void now()
      }),
    done: item =>
      new Promise((resolve, reject) => {
        done.push({ item, resolve, reject })
        if (running === undefined) later()
      }),
    flush: async () => {
      while (running !== undefined || puts.length > 0 || done.length > 0) await now()
    },
  }
}
