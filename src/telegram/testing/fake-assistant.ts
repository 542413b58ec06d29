import type { Answer, Assistant, Question } from '../../assistant/assistant.ts'

export const anAnswer = (answer: Partial<Answer> = {}): Answer => ({
  text: 'Вот что нашлось',
  cart: null,
  recipes: [],
  limit: null,
  allergyWarning: false,
  isStopped: false,
  error: null,
  hadHistory: false,
  promptVersion: 'aaaaaaaaaaaa',
  ...answer,
})

export interface FakeAssistant extends Assistant {
  questions: Question[]
  cleared: number[]
  /** What the next questions are answered with. */
  respond: (question: Question) => Answer | Promise<Answer>
}

/** An assistant that answers what the test gives it. */
export function createFakeAssistant(): FakeAssistant {
  const fake: FakeAssistant = {
    questions: [],
    cleared: [],
    respond: () => anAnswer(),
    answer: async question => {
      fake.questions.push(question)
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
