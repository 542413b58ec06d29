import type { Update } from 'grammy/types'
import type { Sleep } from '../../process/sleep.ts'
import type { ProgressDisplay } from '../chat/progress.ts'
import { actingUser } from '../updates/acting-user.ts'
import type { ShownWait } from '../updates/inbox-handed.ts'
import type { InboxStore, InboxWait } from '../updates/inbox-store.ts'

export interface InboxQueueDeps {
  store: Pick<InboxStore, 'showWaiting'>
  /** Begins to show a user, immediately, how many wait before them; null for an update that no private chat belongs to, or that cannot be read. */
  show(wait: InboxWait, ahead: () => number): WaitDisplay | null
  /** Shows that a pressed button waits. Never rejects. */
  answerPress(press: Update): void
  sleep: Sleep
}

/** What one user sees of the wait. */
export interface WaitDisplay extends Pick<ProgressDisplay, 'stop'> {
  /** Resolves to whether the process that takes the message has, or will be handed, the message that was shown. */
  isHandedOver(): Promise<boolean>
  remove(messageId: number): Promise<void>
}

/** The users who wait until a process takes them, and see their place. */
export interface InboxQueue {
  /** An update was stored that this process does not work on. */
  add(update: Update): void
  /** Users may wait whose updates this process has not received: those of one that has ended. */
  look(): void
  /** Whether the user waits, as far as this process knows. */
  waits(userId: number): boolean
  /** This process works for the user: ends what is shown; undefined when nothing is. */
  take(userId: number): Promise<ShownWait> | undefined
  /** Ends it all: what is shown stays for the next process. */
  stop(): void
}

/** Most users are taken sooner, and see nothing of a queue. A sign of life is due within two seconds. */
const firstLookMs = 500
const lookMs = 1_000

interface Shown {
  updateId: number
  ahead: number
  display: WaitDisplay | null
}

/**
 * Looks once a second who waits, as long as there are any, whichever process received their updates. Each is shown their place by one
 * process; who was taken by another one sees what that one shows.
 */
export function createInboxQueue({ store, show, answerPress, sleep }: InboxQueueDeps): InboxQueue {
  /** To whom this process shows it. */
  const shown = new Map<number, Shown>()
  /** Who waited at the last look. */
  let waiting = new Set<number>()
  /** What has come since: who sent it may wait. */
  let added: Update[] = []
  /** Who was taken during a look: what it finds of them is over. */
  let taken = new Set<number>()
  let isRunning = false
  let isStopped = false

  const end = async ({ updateId, display }: Shown): Promise<ShownWait> => {
    const last = await display?.stop()
    const messageId = last?.messageId ?? null
    const drop = async () => {
      if (messageId !== null && !(await display?.isHandedOver())) await display?.remove(messageId)
    }
    return { updateId, messageId, drop: () => void drop().catch(() => undefined) }
  }
  const begin = (wait: InboxWait) => {
    const mine: Shown = { updateId: wait.updateId, ahead: wait.ahead, display: null }
    shown.set(wait.userId, mine)
    try {
      mine.display = show(wait, () => mine.ahead)
    } catch {
      // it stays, and is reported when it is taken: a process that has its key shows it
    }
  }
  const lookOnce = async () => {
    const before = added
    added = []
    taken = new Set()
    // a query that fails is counted; PostgreSQL is reported where facts are stored
    const found = await store.showWaiting([...shown.keys()]).catch(() => null)
    if (found === null) added = [...before, ...added]
    if (found === null || isStopped) return
    const waits = found.filter(({ userId }) => !taken.has(userId))
    waiting = new Set(waits.map(({ userId }) => userId))
    for (const update of before) {
      if (update.callback_query !== undefined && waiting.has(actingUser(update))) answerPress(update)
    }
    for (const wait of waits) {
      const mine = shown.get(wait.userId)
      if (mine !== undefined) mine.ahead = wait.ahead
      else if (wait.body !== null) begin(wait)
    }
    const here = new Set(waits.flatMap(({ userId, isShownHere }) => (isShownHere ? [userId] : [])))
    for (const [userId, mine] of shown) {
      if (here.has(userId)) continue
      shown.delete(userId)
      void end(mine).then(({ drop }) => drop())
    }
  }
  const run = async () => {
    await sleep(firstLookMs)
    do {
      await lookOnce()
      await sleep(lookMs)
    } while ((waiting.size > 0 || added.length > 0) && !isStopped)
    isRunning = false
  }
  const look = () => {
    if (isRunning || isStopped) return
    isRunning = true
    void run()
  }

  return {
    add: update => {
      added.push(update)
      look()
    },
    look,
    waits: userId => waiting.has(userId) || added.some(update => actingUser(update) === userId),
    take: userId => {
      waiting.delete(userId)
      taken.add(userId)
      const mine = shown.get(userId)
      if (mine === undefined) return undefined
      shown.delete(userId)
      return end(mine)
    },
    stop: () => {
      isStopped = true
      for (const { display } of shown.values()) void display?.stop()
      shown.clear()
    },
  }
}
