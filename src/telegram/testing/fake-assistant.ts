import type { Answer, Assistant, Question } from '../../assistant/assistant.ts'
import type { Unfinished } from '../../assistant/dialogue/unfinished.ts'

export const anAnswer = (answer: Partial<Answer> = {}): Answer => ({
  text: 'Вот что нашлось',
  cart: null,
  recipes: [],
  limit: null,
  allergyWarning: false,
  unfinished: null,
  isStopped: false,
  error: null,
  hadHistory: false,
  promptVersion: 'aaaaaaaaaaaa',
  ...answer,
})

export interface FakeAssistant extends Assistant {
  questions: Question[]
  cleared: number[]
  /** What buttons can go on with. */
  remembered: Unfinished[]
  /** Carts that were made again, by the id of their unfinished request. */
  remade: string[]
  /** What the next questions are answered with. */
  respond: (question: Question) => Answer | Promise<Answer>
}

/** An assistant that answers what the test gives it. */
export function createFakeAssistant(): FakeAssistant {
  const fake: FakeAssistant = {
    questions: [],
    cleared: [],
    remembered: [],
    remade: [],
    respond: () => anAnswer(),
    answer: async question => {
      fake.questions.push(question)
      return fake.respond(question)
    },
    unfinished: async (_userId, id) => fake.remembered.find(entry => entry.id === id) ?? null,
    dropUnfinished: async (_userId, id) => {
      fake.remembered = fake.remembered.filter(entry => entry.id !== id)
    },
    makeCart: async (question, again) => {
      fake.remade.push(again.id)
      return fake.respond(question)
    },
    forget: async userId => void fake.cleared.push(userId),
  }
  return fake
}

/** A point in time that a test decides on. */
export function createGate() {
  let open: () => void = () => undefined
  const passed = new Promise<void>(resolve => {
    open = resolve
  })
  return { open: () => open(), passed }
}
