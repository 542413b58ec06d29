import { LRUCache } from 'lru-cache'

/**
 * The entries used last, `most` of them. It takes memory for those there are: with `max` lru-cache makes its arrays for the whole
 * bound at the start, three megabytes for all that a bot remembers.
 */
export const createLatestEntries = <K extends {}, V extends {}>(most: number): LRUCache<K, V> =>
  new LRUCache({ maxSize: most, sizeCalculation: () => 1 })
