/** What a synthetic history is made of. */
export interface HistorySettings {
  users: number
  seed: number
  cartLimit: number
  surveyBonus: number
}
