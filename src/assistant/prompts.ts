import { createHash } from 'node:crypto'
import { Gauge } from 'prom-client'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { createSystemPrompt, instructions as usualInstructions } from './prompt.ts'
import type { PromptVariant } from './prompt-variants.ts'
import { promptVersion } from './prompt-version.ts'
import { recipeInstructions } from './recipes/recipe-prompt.ts'
import type { Tool } from './tools/tool.ts'

/** What one user's model is given in advance. */
export interface Prompt {
  version: string
  /** Writes the system message of a dialogue. */
  system: ReturnType<typeof createSystemPrompt>
  tools: readonly Tool[]
}

export interface PromptsDeps {
  tools: readonly Tool[]
  variants?: readonly PromptVariant[]
  timeZone: string
  sessionKey: (userId: number) => string
  register: MetricRegistry
}

/**
 * The prompts in use: the usual one and its variants. Who gets which is decided by a hash of the user, so a user keeps
 * theirs for as long as the shares stay. `bot_prompt_info` names the versions.
 */
export function createPrompts({ tools, variants = [], timeZone, sessionKey, register }: PromptsDeps) {
  const create = ({ instructions = usualInstructions, tools: descriptions = {} }: Partial<PromptVariant>): Prompt => {
    const described = tools.map(tool => withDescription(tool, descriptions[tool.name]))
    return {
      version: promptVersion({
        instructions: [instructions, recipeInstructions],
        functions: described.map(tool => tool.spec),
      }),
      system: createSystemPrompt(timeZone, instructions),
      tools: described,
    }
  }
  const usual = create({})
  const tried = variants.map(variant => ({ share: variant.share, prompt: create(variant) }))
  const info = new Gauge({
    name: 'bot_prompt_info',
    help: 'Versions of the prompt in use (hash of instructions and tools), each with the value 1',
    labelNames: ['prompt_version'],
    registers: [register],
  })
  for (const { version } of [usual, ...tried.map(({ prompt }) => prompt)]) info.set({ prompt_version: version }, 1)

  return {
    of(userId: number): Prompt {
      if (tried.length === 0) return usual
      let percent = bucketOf(sessionKey(userId))
      for (const { share, prompt } of tried) {
        if (percent < share) return prompt
        percent -= share
      }
      return usual
    },
  }
}

/** 0 to 99, evenly spread over the keyed hashes of users. */
const bucketOf = (key: string) => createHash('sha256').update(`prompt variant of ${key}`).digest().readUInt32BE() % 100

const withDescription = (tool: Tool, description = tool.spec.description): Tool => ({
  ...tool,
  spec: { ...tool.spec, description },
})
