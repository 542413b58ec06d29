import { factId } from '../events/fact-id.ts'
import { maskPersonalData } from '../telemetry/masking.ts'
import type { Question, UnfinishedView } from './assistant.ts'
import type { DialogueStore } from './dialogue/dialogue-store.ts'
import type { Unfinished } from './dialogue/unfinished.ts'
import type { MessageState } from './message-state.ts'

type Achieved = Pick<MessageState, 'cart' | 'unlinked' | 'limit' | 'budgetRub' | 'notFound' | 'toolsCalled'>

interface UnfinishedRequestsDeps {
  dialogue: Pick<DialogueStore, 'unfinished' | 'addUnfinished'>
  now: () => Date
}

/** Remembers beside the dialogue what failed, so that a button can go on with it. */
export function createUnfinishedRequests({ dialogue, now }: UnfinishedRequestsDeps) {
  return {
    /** Stores a failed request; null where there is nothing to go on with. The same update has the same id each time. */
    async remember(
      { update, user, signal }: Question,
      text: string,
      achieved?: Achieved,
    ): Promise<UnfinishedView | null> {
      const isServed = achieved !== undefined && (achieved.cart !== null || achieved.limit !== null)
      // when the process stops, the next one answers the same update
      if (signal.aborted || isServed) return null
      const entry = { id: factId(update.key, 'unfinished'), at: now().getTime(), text: maskPersonalData(text) }
      const unlinked = achieved?.unlinked ?? null
      if (achieved === undefined || unlinked === null) {
        await dialogue.addUnfinished(user.userId, { kind: 'request', ...entry })
        return { kind: 'request', id: entry.id }
      }
      const { requested, changesPrevious, products, lines, totalMinor } = unlinked
      await dialogue.addUnfinished(user.userId, {
        kind: 'cart',
        ...entry,
        requested: [...requested],
        changesPrevious,
        products: [...products],
        budgetRub: achieved.budgetRub,
        notFound: [...achieved.notFound],
        toolsCalled: [...achieved.toolsCalled],
      })
      return { kind: 'cart', id: entry.id, lines, totalMinor }
    },
    find: async (userId: number, id: string): Promise<Unfinished | null> =>
      (await dialogue.unfinished(userId)).find(entry => entry.id === id) ?? null,
  }
}
