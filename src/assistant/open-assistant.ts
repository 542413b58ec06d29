import type { Teardown } from '../process/teardown.ts'
import type { Assistant } from './assistant.ts'
import { type AssistantDeps, createAssistant } from './create-assistant.ts'
import { createMemoryDialogueStore } from './dialogue/memory-dialogue-store.ts'
import { createRedisDialogueStore } from './dialogue/redis-dialogue-store.ts'
import type { ChatModel } from './model/chat-model.ts'
import { createUsageRecorder } from './model/usage.ts'
import { type ModelSettings, openModel, pricedModels } from './open-model.ts'
import { loadPromptVariants, type PromptVariantSettings } from './prompt-variants.ts'

export interface OpenAssistantDeps
  extends Pick<AssistantDeps, 'shop' | 'users' | 'recorder' | 'log' | 'register' | 'now' | 'sessionKey'> {
  settings: ModelSettings & {
    /** Dialogues outlive the process with it, and are shared between replicas. */
    redisUrl?: string | undefined
    /** What 24 hours of model calls may cost before the operator is notified. */
    llmBudgetRub: number
    /** What one user's model calls may cost on one day. */
    llmUserBudgetRub: number
    timeZone: string
    /** Prompts tried on a share of the users. */
    prompts: PromptVariantSettings
  }
  /** Answers in place of the configured models. */
  chat: ChatModel | undefined
  watchModel?: ((model: ChatModel) => ChatModel) | undefined
  teardown: Teardown
}

/** Opens the assistant with its model clients and its dialogue store. Throws StartupError for certificates it cannot read, ConfigError for a prompt variant. */
export function openAssistant({
  settings,
  chat,
  watchModel = model => model,
  teardown,
  ...deps
}: OpenAssistantDeps): Assistant {
  const { log, register, now } = deps
  const { redisUrl, timeZone } = settings
  const dialogue =
    redisUrl === undefined
      ? createMemoryDialogueStore({ now })
      : createRedisDialogueStore({ url: redisUrl, log, register, now })
  teardown.add(() => dialogue.close())
  return createAssistant({
    ...deps,
    dialogue,
    chat: watchModel(chat ?? openModel(settings, { log, register, now, teardown })),
    recordUsage: createUsageRecorder({
      log,
      register,
      models: pricedModels(settings),
      budgetRubPerDay: settings.llmBudgetRub,
    }),
    userBudgetRub: settings.llmUserBudgetRub,
    timeZone,
    variants: loadPromptVariants(settings.prompts),
  })
}
