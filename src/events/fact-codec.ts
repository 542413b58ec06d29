import { z } from 'zod'
import { pmfAnswers, scenarios, slugPattern, sources, usefulFeatures } from './catalogue.ts'
import type { Batch } from './event-store.ts'
import { type Fact, plainEventTypes } from './facts.ts'

// loose: a fact written by a newer release keeps what this one does not know
const fact = <K extends Fact['kind'], S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.looseObject({
    kind: z.literal(kind),
    id: z.guid(),
    userId: z.int(),
    at: z.iso.datetime().transform(text => new Date(text)),
    requestId: z.string().nullable(),
    ...shape,
  })

const count = z.number().nonnegative()
const anyFact = z.discriminatedUnion('kind', [
  fact('event', {
    eventType: z.enum(plainEventTypes),
    metadata: z.record(z.string(), z.unknown()),
    maybeRepeat: z.boolean().optional(),
  }),
  fact('start', {
    source: z.enum(sources),
    inviter: z.union([z.object({ code: z.string() }), z.object({ userId: z.int() })]).nullable(),
    campaign: z.string().regex(slugPattern).nullable().optional(),
  }),
  fact('message', {}),
  fact('cart', {
    messageFactId: z.guid(),
    alsoAnswers: z.array(z.guid()).optional(),
    totalSum: z.number().nullable(),
    scenario: z.enum(scenarios),
    affiliateTag: z.string().nullable(),
    revises: z.boolean().default(false),
    promptVersion: z.string().optional(),
    cart: z.looseObject({ lines: z.array(z.unknown()), totalMinor: z.number().nullable(), link: z.string() }),
  }),
  fact('survey', {
    pmf: z.enum(pmfAnswers),
    usefulFeature: z.enum(usefulFeatures),
    feedback: z.string().nullable(),
  }),
  fact('consent', { version: z.string().nullable(), method: z.literal('button') }),
  fact('usage', {
    calls: count,
    tokens: count,
    costRub: count,
    models: z
      .array(z.object({ provider: z.string(), model: z.string(), calls: count, tokens: count, costRub: count }))
      .optional(),
    promptVersion: z.string().optional(),
  }),
  fact('done', { messageFactId: z.guid() }),
  fact('bot_block', { blocked: z.boolean() }),
  fact('erase', {}),
])

/** A fact as JSON brought it back, or null when it is none. */
export function readFact(value: unknown): Fact | null {
  const read = anyFact.safeParse(value)
  return read.success ? (read.data as Fact) : null
}

/** What a spool file holds: the batches to apply, in order, and whatever else stood among their facts. */
export interface SpoolFile {
  batches: Batch[]
  others: unknown[]
}

const splitFile = z.object({ parts: z.array(z.object({ id: z.guid(), facts: z.array(z.unknown()) })) })

/** The text of a spool file whose batch was split. */
export const writeParts = (batches: readonly Batch[]): string =>
  JSON.stringify({ parts: batches.map(({ id, facts }) => ({ id, facts })) })

/** Reads a spool file: the facts of one batch, whose `id` stands in its name, or parts. Null when there is not one fact in it. */
export function readSpoolFile(text: string, id: string): SpoolFile | null {
  const value = parseJson(text)
  const split = splitFile.safeParse(value)
  const parts = split.success ? split.data.parts : Array.isArray(value) ? [{ id, facts: value }] : []
  const others: unknown[] = []
  const batches = parts.map(part => ({
    id: part.id,
    facts: part.facts.flatMap(given => {
      const fact = readFact(given)
      if (fact === null) others.push(given)
      return fact ?? []
    }),
  }))
  const whole = batches.filter(({ facts }) => facts.length > 0)
  return whole.length === 0 ? null : { batches: whole, others }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
