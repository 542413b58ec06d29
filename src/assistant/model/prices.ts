import type { ModelId } from './metrics.ts'

/** What a family of GigaChat's models costs from a moment on, until the next entry of the same family. */
export interface ModelPrice {
  family: 'lite' | 'pro' | 'max'
  validFrom: Date
  /** Whole roubles per million tokens, the same for input and output: also whole micro-roubles per token. */
  rubPerMillion: number
}

const tariffsOf2026 = new Date('2026-02-01T00:00:00+03:00')

/** Published tariffs. A new one is a new entry: days before it keep their price. */
export const gigaChatPrices: readonly ModelPrice[] = [
  { family: 'lite', validFrom: tariffsOf2026, rubPerMillion: 65 },
  { family: 'pro', validFrom: tariffsOf2026, rubPerMillion: 500 },
  { family: 'max', validFrom: tariffsOf2026, rubPerMillion: 650 },
]

/** The name of a model without the version the service appends: `GigaChat-2-Max:2.0.28.2` is `GigaChat-2-Max`. */
export const modelName = (model: string): string => model.replace(/:.*$/s, '')

/** Roubles per million tokens of a model at a moment; null when no tariff is known for it. */
export function priceOf(model: string, at: Date, prices: readonly ModelPrice[]): number | null {
  const family = familyOf(model)
  const inForce = prices
    .filter(price => price.family === family && price.validFrom <= at)
    .sort((a, b) => b.validFrom.getTime() - a.validFrom.getTime())
  return inForce[0]?.rubPerMillion ?? null
}

/** Names of the first generation are served by the second at its price; a name without a family is Lite. */
export function familyOf(model: string): string | undefined {
  const match = /^gigachat(?:-2)?(?:-(lite|pro|max))?(?:-preview)?$/.exec(modelName(model).toLowerCase())
  return match === null ? undefined : (match[1] ?? 'lite')
}

/** A model that may answer, with what its answers cost. */
export interface PricedModel extends ModelId {
  /** The setting to look at when no price is known. */
  setting: 'GIGACHAT_MODEL' | 'LLM_FALLBACK_PRICE'
  /** The name that an answering model goes by. */
  nameOf(answered: string): string
  /** Whole roubles per million billable tokens at a moment; null when no tariff is known. */
  priceAt(answered: string, at: Date): number | null
}

/** GigaChat at its published tariffs. The service may answer with another model than the one asked for. */
export const pricedGigaChat = (model: string, prices: readonly ModelPrice[] = gigaChatPrices): PricedModel => ({
  provider: 'gigachat',
  model,
  setting: 'GIGACHAT_MODEL',
  nameOf: modelName,
  priceAt: (answered, at) => priceOf(answered, at, prices),
})

/**
 * A model of another service, always under its configured name: what such services report is a file name here and a version there.
 * `rubPerMillion` is undefined when it is not set.
 */
export const pricedOpenAi = (model: string, rubPerMillion: number | undefined): PricedModel => ({
  provider: 'openai',
  model,
  setting: 'LLM_FALLBACK_PRICE',
  nameOf: () => model,
  priceAt: () => rubPerMillion ?? null,
})
