import { readFileSync } from 'node:fs'
import { z } from 'zod'

export type SampleName = 'search-milk' | 'cart-link' | 'product-details' | 'tools-list'

const Recorded = z.looseObject({ result: z.looseObject({}) })

/** The JSON-RPC result of a recorded answer. */
export function sampleResult(name: SampleName): Record<string, unknown> {
  const text = readFileSync(new URL(`./samples/${name}.json`, import.meta.url), 'utf8')
  return Recorded.parse(JSON.parse(text)).result
}
