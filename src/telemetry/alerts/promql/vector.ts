import type { Labels } from './series-store.ts'

/** One element of an instant vector. `name` is dropped by whatever changes the value. */
export interface VectorElement {
  name?: string | undefined
  labels: Labels
  value: number
}

export type InstantVector = readonly VectorElement[]
export type Value = number | InstantVector

/** An expression, or a part of one, that the bot cannot evaluate; Prometheus may well be able to. */
export class PromqlError extends Error {
  override readonly name = 'PromqlError'
}

/** Identity of a set of labels. */
export const signature = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort())

export const onlyLabels = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(names.flatMap(name => (labels[name] === undefined ? [] : [[name, labels[name]]])))
