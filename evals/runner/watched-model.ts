import type { ChatAnswer, ChatModel, ChatRequest, FunctionCall } from '../../src/assistant/model/chat-model.ts'

/** One turn of the model as it passed by: what it was asked, and its answer. */
export interface ModelTurn {
  request: ChatRequest
  answer: ChatAnswer
}

/** Notes every turn that a model takes; `drain` returns those since the last time. */
export function createModelWatch() {
  let turns: ModelTurn[] = []
  return {
    watch: (model: ChatModel): ChatModel => ({
      async chat(request, signal) {
        const answer = await model.chat(request, signal)
        turns.push({ request, answer })
        return answer
      },
    }),
    drain(): ModelTurn[] {
      const taken = turns
      turns = []
      return taken
    },
  }
}

/** The calls of the dialogue itself, in order; not those made on behalf of a tool. */
export const callsIn = (turns: readonly ModelTurn[]): FunctionCall[] =>
  turns.flatMap(({ request, answer }) =>
    request.functionName === undefined && answer.message.function_call !== undefined
      ? [answer.message.function_call, ...(answer.furtherCalls ?? [])]
      : [],
  )
