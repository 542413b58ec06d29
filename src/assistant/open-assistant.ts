import type { RedisScripts } from '../process/redis-scripts.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Assistant } from './assistant.ts'
import { type AssistantDeps, createAssistant } from './create-assistant.ts'
import type { DialogueStore } from './dialogue/dialogue-store.ts'
import { createMemoryDialogueStore } from './dialogue/memory-dialogue-store.ts'
import { createRedisDialogueStore } from './dialogue/redis-dialogue-store.ts'
import type { ChatModel } from './model/chat-model.ts'
import { createUsageRecorder } from './model/usage.ts'
import { cheaperModel, type ModelSettings, type OpenedModel, openModel, pricedModels } from './open-model.ts'
import type { PromptVariantSettings } from './prompt-variants.ts'
import { type CapSettings, createSpendingCaps } from './spending-caps.ts'

export interface OpenAssistantDeps
  extends Pick<AssistantDeps, 'shop' | 'recorder' | 'log' | 'register' | 'now' | 'sessionKey'> {
  users: AssistantDeps['users']
  settings: ModelSettings & {
    /** Dialogues outlive the process with it, and are shared between replicas. */
    redisUrl?: string | undefined
    /** What 24 hours of model calls may cost before the operator is notified. */
    llmBudgetRub: number
    /** What model calls may cost on one day. */
    llmCaps: CapSettings
    timeZone: string
    /** Prompts tried on a share of the users. */
    prompts: PromptVariantSettings
  }
  /** Answers in place of the configured models. */
  chat: ChatModel | undefined
  watchModel?: ((model: ChatModel) => ChatModel) | undefined
  /** In place of the configured store. */
  dialogue?: DialogueStore | undefined
  /** Shares the streams of the model between processes; without it this one has them for itself. */
  redis: RedisScripts | undefined
  teardown: Teardown
}

/** Opens the assistant with its model clients and its dialogue store. Throws StartupError for certificates it cannot read, ConfigError for a prompt variant. */
export async function openAssistant({
  settings,
  chat,
  watchModel = model => model,
  dialogue: given,
  redis,
  teardown,
  ...deps
}: OpenAssistantDeps): Promise<Assistant & Pick<OpenedModel, 'readBalance' | 'streams'>> {
  const { log, register, now } = deps
  const { redisUrl, timeZone } = settings
  const dialogue =
    given ??
    (redisUrl === undefined
      ? createMemoryDialogueStore({ now })
      : createRedisDialogueStore({ url: redisUrl, log, register, now }))
  teardown.add(() => dialogue.close())
  const caps = createSpendingCaps({ ...deps, caps: settings.llmCaps, timeZone })
  void caps.refresh()
  const opened =
    chat === undefined
      ? await openModel(settings, { log, register, now, redis, teardown })
      : { chat, readBalance: null, streams: null }
  const { prompts } = settings
  const variants =
    prompts.variants.length === 0 ? [] : (await import('./prompt-variants.ts')).loadPromptVariants(prompts)
  const assistant = createAssistant({
    ...deps,
    dialogue,
    chat: watchModel(opened.chat),
    recordUsage: createUsageRecorder({
      log,
      register,
      models: pricedModels(settings, now()),
      budgetRubPerDay: settings.llmBudgetRub,
    }),
    caps,
    hasCheaperModel: cheaperModel(settings, now()) !== undefined,
    provider: settings.llmProvider,
    timeZone,
    variants,
  })
  return { ...assistant, readBalance: opened.readBalance, streams: opened.streams }
}
