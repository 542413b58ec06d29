import type { ProxySettings } from '../process/outbound.ts'
import type { RedisScripts } from '../process/redis-scripts.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { ReadBalance } from './gigachat/balance.ts'
import { loadCertificates } from './gigachat/certificates.ts'
import { createGigaChat, type GigaChatOptions } from './gigachat/giga-chat.ts'
import type { ChatModel, ModelProvider } from './model/chat-model.ts'
import { createFallbackModel } from './model/fallback-model.ts'
import { createClientMetrics } from './model/metrics.ts'
import { gigaChatPrices, type PricedModel, pricedGigaChat, pricedOpenAi, priceOf } from './model/prices.ts'
import { createSharedQueue } from './model/shared-queue.ts'
import type { StreamState } from './model/streams.ts'
import type { OpenAiOptions } from './openai/openai-model.ts'

export interface ModelSettings {
  /** The service that is asked first. */
  llmProvider: ModelProvider
  gigachat: Pick<GigaChatOptions, 'authUrl' | 'apiUrl' | 'credentials' | 'scope' | 'model' | 'concurrency'> & {
    caFile?: string | undefined
    /** Asked above a soft cap. Undefined without such a cap. */
    cheapModel?: string | undefined
  }
  /** The second model, or with `llmProvider` `openai` the only one. */
  openAi: (Pick<OpenAiOptions, 'url' | 'key' | 'model' | 'proxy'> & { rubPerMillion: number | undefined }) | undefined
  proxy: ProxySettings | undefined
}

export interface OpenModelDeps {
  log: Log
  register: MetricRegistry
  now: () => Date
  /** Shares the streams of GigaChat between processes; without it this one has them for itself. */
  redis?: RedisScripts | undefined
  teardown: Teardown
}

/** With a second model at hand a failing GigaChat is given up sooner: users wait for it in vain. */
const besideASecond = { timeoutMs: 30_000, maxAttempts: 2, longestWaitMs: 2_000 }

/** The models that may answer, with their prices. */
export function pricedModels(settings: ModelSettings, at: Date): PricedModel[] {
  const { llmProvider, gigachat, openAi } = settings
  const second = openAi === undefined ? [] : [pricedOpenAi(openAi.model, openAi.rubPerMillion)]
  const cheaper = cheaperModel(settings, at)
  if (llmProvider === 'openai') return second
  return [pricedGigaChat(gigachat.model), ...(cheaper === undefined ? [] : [pricedGigaChat(cheaper)]), ...second]
}

/** The model of GigaChat for what is to be cheap; undefined where it is not known to cost less than the usual one. */
export function cheaperModel({ llmProvider, gigachat }: ModelSettings, at: Date): string | undefined {
  const { model, cheapModel } = gigachat
  if (llmProvider !== 'gigachat' || cheapModel === undefined) return undefined
  const [usual, cheap] = [model, cheapModel].map(name => priceOf(name, at, gigaChatPrices) ?? Number.NaN)
  return cheap !== undefined && usual !== undefined && cheap < usual ? cheapModel : undefined
}

export interface OpenedModel {
  chat: ChatModel
  /** Null without GigaChat. */
  readBalance: ReadBalance | null
  /** The queue for a stream of the service that is asked first; null for a model from elsewhere. */
  streams: (() => StreamState) | null
}

/** Opens the clients of the configured models. Throws StartupError for certificates it cannot read. */
export async function openModel(
  settings: ModelSettings,
  { log, register, now, redis, teardown }: OpenModelDeps,
): Promise<OpenedModel> {
  const clientMetrics = createClientMetrics(register)
  const open = <T extends { close(): Promise<void> }>(client: T): T => {
    teardown.add(() => client.close())
    return client
  }
  const { openAi } = settings
  const second =
    openAi &&
    open(
      (await import('./openai/openai-model.ts')).createOpenAiModel({
        ...openAi,
        log,
        metrics: clientMetrics({ provider: 'openai', model: openAi.model }),
      }),
    )
  if (settings.llmProvider === 'openai') {
    if (second === undefined) throw new Error('LLM_PROVIDER=openai without a model') // the settings see to it
    return { chat: second, readBalance: null, streams: second.streams }
  }
  const { caFile, cheapModel: _, ...gigachat } = settings.gigachat
  const cheaper = cheaperModel(settings, now())
  const first = open(
    createGigaChat({
      ...gigachat,
      ...(second !== undefined && besideASecond),
      ca: loadCertificates(caFile, gigachat.authUrl, gigachat.apiUrl),
      proxy: settings.proxy,
      openQueue: redis && ((size, onChange) => createSharedQueue({ redis, size, onChange })),
      log,
      metrics: clientMetrics({ provider: 'gigachat', model: gigachat.model }),
      ...(cheaper !== undefined && {
        cheaper: { model: cheaper, metrics: clientMetrics({ provider: 'gigachat', model: cheaper }) },
      }),
    }),
  )
  const chat = second === undefined ? first : createFallbackModel({ first, second, log, register, now })
  return { chat, readBalance: first.readBalance, streams: first.streams }
}
