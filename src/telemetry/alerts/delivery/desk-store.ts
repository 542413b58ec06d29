import type { Desk } from './desk.ts'

/** Where the desk is stored: shared by the replicas, and in this process alone while that is unavailable. */
export interface DeskStore {
  /**
   * Applies a change to the latest desk and stores the result, which it resolves to; a change that returns its argument
   * stores nothing. Calls the change again when another replica came first, so it must be pure. Never rejects.
   */
  update(change: (desk: Desk) => Desk): Promise<Desk>
  /** Whether the shared place answered the last time. */
  isShared(): boolean
}
