import type { LifeEvent } from './life.ts'

/** True if the event is a cart, and no correction of one. */
export const isNewCart = ({ type, metadata }: LifeEvent): boolean => type === 'cart_created' && metadata.revision === 0

/** Sum of the latest version of each cart, by cart number; null when it is unknown. */
export const latestSums = (chronological: readonly LifeEvent[]): Map<unknown, unknown> =>
  new Map(
    chronological
      .filter(({ type }) => type === 'cart_created')
      .map(({ metadata }) => [metadata.cart_number, metadata.total_sum]),
  )
