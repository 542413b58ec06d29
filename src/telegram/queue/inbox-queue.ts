import type { Update } from 'grammy/types'
import type { Sleep } from '../../process/sleep.ts'
import type { ProgressDisplay } from '../chat/progress.ts'
import { actingUser, asksForAnswer } from '../updates/acting-user.ts'
import type { ShownWait } from '../updates/inbox-handed.ts'

export interface InboxQueueDeps {
  /** Of these users, those whom no process works for, with the number of such users who have waited longer. */
  places(userIds: readonly number[]): Promise<Map<number, number>>
  /** Begins to show the user of a message, immediately, how many wait before it. */
  show(update: Update, ahead: () => number): WaitDisplay
  sleep: Sleep
}

/** What one user sees of the wait. */
export interface WaitDisplay extends Pick<ProgressDisplay, 'stop'> {
  /** Resolves to whether the process that takes the message has, or will be handed, the message that was shown. */
  isHandedOver(): Promise<boolean>
  remove(messageId: number): Promise<void>
}

/** The users whose messages this process has received and none has taken yet. Of each only what is shown is held, not the message. */
export interface InboxQueue {
  /** A message was stored that this process does not work on. */
  add(update: Update): void
  /** This process works for the user: ends what is shown; undefined when nothing is. */
  take(userId: number): Promise<ShownWait> | undefined
  /** Ends it all: what is shown stays for the next process. */
  stop(): void
}

/** Most users are taken sooner, and see nothing of a queue. A sign of life is due within two seconds. */
const firstLookMs = 500
const lookMs = 1_000

interface Waiting {
  updateId: number
  update: Update | undefined
  ahead: number
  display: WaitDisplay | undefined
}

/** Looks once a second where they stand, as long as there are any; who was taken by another process sees what that one shows. */
export function createInboxQueue({ places, show, sleep }: InboxQueueDeps): InboxQueue {
  const users = new Map<number, Waiting>()
  let isRunning = false

  const end = async ({ updateId, display }: Waiting): Promise<ShownWait> => {
    const last = await display?.stop()
    const messageId = last?.messageId ?? null
    const drop = async () => {
      if (messageId !== null && !(await display?.isHandedOver())) await display?.remove(messageId)
    }
    return { updateId, messageId, drop: () => void drop().catch(() => undefined) }
  }
  const look = async () => {
    const asked = [...users]
    // a query that fails is counted; PostgreSQL is reported where facts are stored
    const found = await places(asked.map(([userId]) => userId)).catch(() => null)
    if (found === null) return
    for (const [userId, user] of asked) {
      if (users.get(userId) !== user) continue
      const ahead = found.get(userId)
      if (ahead === undefined) {
        users.delete(userId)
        void end(user).then(({ drop }) => drop())
        continue
      }
      user.ahead = ahead
      if (user.update === undefined) continue
      user.display = show(user.update, () => user.ahead)
      user.update = undefined
    }
  }
  const run = async () => {
    await sleep(firstLookMs)
    while (users.size > 0) {
      await look()
      await sleep(lookMs)
    }
    isRunning = false
  }

  return {
    add: update => {
      const userId = actingUser(update)
      if (update.message?.chat.type !== 'private' || !asksForAnswer(update) || users.has(userId)) return
      users.set(userId, { updateId: update.update_id, update, ahead: 0, display: undefined })
      if (isRunning) return
      isRunning = true
      void run()
    },
    take: userId => {
      const user = users.get(userId)
      if (user === undefined) return undefined
      users.delete(userId)
      return end(user)
    },
    stop: () => {
      for (const { display } of users.values()) void display?.stop()
      users.clear()
    },
  }
}
