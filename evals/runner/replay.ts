import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import {
  AssistantMessage,
  type ChatAnswer,
  type ChatModel,
  FunctionCall,
  modelProviders,
} from '../../src/assistant/model/chat-model.ts'
import { ConfigError } from '../../src/errors.ts'
import type { ModelTurn } from './watched-model.ts'

const tokens = z.number().nullable()
const Answer = z.object({
  /** The tool on whose behalf the model was asked; left out for a turn of the dialogue. */
  functionName: z.string().optional(),
  message: AssistantMessage,
  provider: z.enum(modelProviders).optional(),
  furtherCalls: z.array(FunctionCall).readonly().optional(),
  finishReason: z.string(),
  usage: z.object({ promptTokens: tokens, completionTokens: tokens, totalTokens: tokens, precachedTokens: tokens }),
  /** Left out in recordings of before it was known. */
  asked: z.string().optional(),
  model: z.string(),
  responseTimeMs: z.number(),
})
const Recording = z.object({
  /** Who answered, and when, in words. */
  source: z.string(),
  /** The model's answers by conversation, in order. */
  conversations: z.record(z.string(), z.array(Answer)),
})
type Recording = z.infer<typeof Recording>

/** What the turns of one conversation leave in a recording. */
export const recordedTurns = (turns: readonly ModelTurn[]): Recording['conversations'][string] =>
  turns.map(({ request, answer }) => ({
    ...(request.functionName !== undefined && { functionName: request.functionName }),
    ...answer,
  }))

/** Reads a recording, or all `*.json` of a folder. Throws ConfigError that names the file. */
export function loadRecordings(path: string): Recording['conversations'] {
  const files = listFiles(path)
  return Object.assign({}, ...files.map(file => readRecording(file).conversations))
}

function listFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path)
      .filter(name => name.endsWith('.json'))
      .sort()
      .map(name => join(path, name))
  } catch {
    throw new ConfigError([`replay: ${path} cannot be read: name a file that --record wrote, or a folder of them`])
  }
}

function readRecording(file: string): Recording {
  try {
    return Recording.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new ConfigError([`replay: ${file} is no recording: --record writes them`])
  }
}

export interface ReplayModel extends ChatModel {
  /** Begins with the first recorded answer of a conversation. */
  begin(conversation: string): void
}

/**
 * Answers as a model once did, whatever it is asked: what the product makes of those answers is what is examined. A recording
 * that ends too early ends the message with an empty text.
 */
export function createReplayModel(conversations: Recording['conversations']): ReplayModel {
  let left: Recording['conversations'][string] = []
  return {
    begin: conversation => {
      left = [...(conversations[conversation] ?? [])]
    },
    async chat({ functionName }): Promise<ChatAnswer> {
      const at = left.findIndex(answer => answer.functionName === functionName)
      const [answer] = at === -1 ? [] : left.splice(at, 1)
      if (answer === undefined) return nothingMore
      const { furtherCalls, asked = answer.model, ...rest } = answer
      // whichever model was recorded, it answers in the place of the configured model
      return { ...rest, ...(furtherCalls !== undefined && { furtherCalls }), provider: 'gigachat', asked }
    },
  }
}

const nothingMore: ChatAnswer = {
  message: { role: 'assistant', content: '' },
  finishReason: 'stop',
  usage: { promptTokens: 0, completionTokens: 0, totalTokens: 0, precachedTokens: 0 },
  provider: 'gigachat',
  asked: '',
  model: 'the recording is over',
  responseTimeMs: 0,
}
