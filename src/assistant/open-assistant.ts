import type { Teardown } from '../process/teardown.ts'
import type { Assistant } from './assistant.ts'
import { type AssistantDeps, createAssistant } from './create-assistant.ts'
import { createMemoryDialogueStore } from './dialogue/memory-dialogue-store.ts'
import { createRedisDialogueStore } from './dialogue/redis-dialogue-store.ts'
import { loadCertificates } from './gigachat/certificates.ts'
import { createGigaChat, type GigaChatOptions } from './gigachat/giga-chat.ts'
import type { ChatModel } from './model/chat-model.ts'
import { gigaChatPrices } from './model/prices.ts'
import { createUsageRecorder } from './model/usage.ts'
import { loadPromptVariants, type PromptVariantSettings } from './prompt-variants.ts'

type ModelSettings = Pick<GigaChatOptions, 'authUrl' | 'apiUrl' | 'credentials' | 'scope' | 'model' | 'concurrency'>

export interface OpenAssistantDeps
  extends Pick<AssistantDeps, 'shop' | 'users' | 'recorder' | 'log' | 'register' | 'now' | 'sessionKey'> {
  settings: {
    gigachat: ModelSettings & { caFile?: string | undefined }
    proxy: GigaChatOptions['proxy']
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
  /** Answers in place of GigaChat. */
  chat: ChatModel | undefined
  watchModel?: ((model: ChatModel) => ChatModel) | undefined
  teardown: Teardown
}

/** Opens the assistant with its model client and its dialogue store. Throws StartupError for certificates it cannot read, ConfigError for a prompt variant. */
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
    chat: watchModel(chat ?? openModel(settings, { log, register, teardown })),
    recordUsage: createUsageRecorder({
      log,
      register,
      model: settings.gigachat.model,
      prices: gigaChatPrices,
      budgetRubPerDay: settings.llmBudgetRub,
    }),
    userBudgetRub: settings.llmUserBudgetRub,
    timeZone,
    variants: loadPromptVariants(settings.prompts),
  })
}

function openModel(
  { gigachat: { caFile, ...model }, proxy }: OpenAssistantDeps['settings'],
  { log, register, teardown }: Pick<OpenAssistantDeps, 'log' | 'register' | 'teardown'>,
): ChatModel {
  const ca = loadCertificates(caFile, model.authUrl, model.apiUrl)
  const client = createGigaChat({ ...model, ca, proxy, log, register })
  teardown.add(() => client.close())
  return client
}
