import type { LifeEvent } from './life.ts'

/** True if the event is a cart, and no correction of one. */
export const isNewCart = ({ type, metadata }: LifeEvent): boolean => type === 'cart_created' && metadata.revision === 0

/** The latest version of each cart, by cart number. */
export const latestVersions = (chronological: readonly LifeEvent[]): Map<unknown, LifeEvent> =>
  new Map(chronological.filter(({ type }) => type === 'cart_created').map(event => [event.metadata.cart_number, event]))

/** Sum of the latest version of each cart, by cart number; null when it is unknown. */
export const latestSums = (chronological: readonly LifeEvent[]): Map<unknown, unknown> =>
  new Map([...latestVersions(chronological)].map(([cart, { metadata }]) => [cart, metadata.total_sum]))
