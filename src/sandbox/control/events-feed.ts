/** A business event as the page shows it. */
export interface SandboxEvent {
  id: string
  event_type: string
  user_id: number
  metadata: Record<string, unknown>
  /** ISO 8601. */
  created_at: string
  request_id: string | null
}

/** The host's business events; a sandbox that runs alone has none. */
export interface SandboxEventFeed {
  /** The last events, oldest first. */
  recent(): Promise<SandboxEvent[]>
  /** Calls back with each new event until the returned function is called. */
  subscribe(callback: (event: SandboxEvent) => void): () => void
}
