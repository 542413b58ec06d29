import type { Answer, Assistant, Question } from '../../assistant/assistant.ts'

export const anAnswer = (answer: Partial<Answer> = {}): Answer => ({
  text: 'Вот что нашлось',
  cart: null,
  limit: null,
  allergyWarning: false,
  error: null,
  hadHistory: false,
  ...answer,
})

export interface FakeAssistant extends Assistant {
  questions: Question[]
  forgotten: number[]
  /** What the next questions are answered with. */
  respond: (question: Question) => Answer | Promise<Answer>
}

/** An assistant that says what the test tells it to. */
export function createFakeAssistant(): FakeAssistant {
  const fake: FakeAssistant = {
    questions: [],
    forgotten: [],
    respond: () => anAnswer(),
    answer: async question => {
      fake.questions.push(question)
      return fake.respond(question)
    },
    forget: async userId => void fake.forgotten.push(userId),
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
