/** What is compared between PostgreSQL, Loki and Prometheus. Also the closed set of the metric label `number`. */
export const dayNumbers = ['carts', 'errors', 'messages', 'llm_calls', 'tokens', 'cost_rub'] as const
export type DayNumber = (typeof dayNumbers)[number]
export type DayNumbers = Record<DayNumber, number>

/** A calendar day as moments: from is in it, to is not. */
export interface DayWindow {
  from: Date
  to: Date
}

/** What happened on the day that can make its numbers differ from what was stored. */
export const daySigns = ['no_data', 'restart', 'lost_scrape', 'events_waited', 'logs_waiting', 'lines_lost'] as const
export type DaySign = (typeof daySigns)[number]

/** What one place knows of a day. */
export interface DayReading {
  numbers: DayNumbers
  /** By how much each number may be off for reasons that lie in how it was collected. */
  tolerance: DayNumbers
  signs: DaySign[]
  /** Log lines that will never be in Loki. */
  linesLost: number
}

/** Reads one day. Rejects with an AppError when the place cannot be asked. */
export type ReadDay = (day: DayWindow) => Promise<DayReading>

export const mapNumbers = (value: (number: DayNumber) => number): DayNumbers => ({
  carts: value('carts'),
  errors: value('errors'),
  messages: value('messages'),
  llm_calls: value('llm_calls'),
  tokens: value('tokens'),
  cost_rub: value('cost_rub'),
})
