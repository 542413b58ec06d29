/** Numbers compared between PostgreSQL, Loki and Prometheus. Also the closed set of the metric label `number`. */
export const dayNumbers = ['carts', 'errors', 'messages', 'llm_calls', 'tokens', 'cost_rub'] as const
export type DayNumber = (typeof dayNumbers)[number]
export type DayNumbers = Record<DayNumber, number>

/** A calendar day as a half-open interval: `from` is included, `to` is not. */
export interface DayWindow {
  from: Date
  to: Date
}

/** Signs of the day that can explain a difference from the stored numbers. */
const daySigns = ['no_data', 'restart', 'lost_scrape', 'events_waited', 'logs_waiting', 'lines_lost'] as const
export type DaySign = (typeof daySigns)[number]

/** Tokens of one model, with the maximum error that follows from how they were collected. */
interface ModelTokens {
  tokens: number
  tolerance: number
}

/** The numbers of a day in one source. */
export interface DayReading {
  numbers: DayNumbers
  /** Maximum error of each number that follows from how it was collected. */
  tolerance: DayNumbers
  /** Billable tokens by the model that was asked. */
  models: Readonly<Record<string, ModelTokens>>
  signs: DaySign[]
  /** Log lines lost before they reached Loki. */
  linesLost: number
}

/** Reads one day. Rejects with an AppError if the source cannot be queried. */
export type ReadDay = (day: DayWindow) => Promise<DayReading>

export const mapNumbers = (value: (number: DayNumber) => number): DayNumbers => ({
  carts: value('carts'),
  errors: value('errors'),
  messages: value('messages'),
  llm_calls: value('llm_calls'),
  tokens: value('tokens'),
  cost_rub: value('cost_rub'),
})
