/** A query that found nothing for at least three users. */
export interface MissingSearchRow {
  query: string
  /** Distinct users for whom it found nothing. */
  users: number
  /** Searches that found nothing. */
  empty: number
}

/** Carts by their latest rating. */
export interface CartRatingRow {
  /** Of the prompt that made the cart; null when it is not known. */
  prompt_version: string | null
  rating: 'up' | 'down'
  /** Of `down`; null when none was chosen. */
  reason: string | null
  carts: number
}
