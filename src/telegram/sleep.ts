/** Waits; ends early, without an error, when the signal is aborted. Tests bring a clock of their own. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>
