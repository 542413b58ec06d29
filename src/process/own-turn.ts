/** What goes on: something begun, after the answer of a service, or a request that begins. */
export type TurnKind = 'goes_on' | 'begins'

/** Of the process, as the event loop is; empty while none waits. */
const waiting: Record<TurnKind, (() => void)[]> = { goes_on: [], begins: [] }
let isRunning = false

/**
 * Resolves in a turn of the event loop of its own, in the order of the calls: what goes on after the answer of a service is
 * milliseconds of work, and with many answers at the same moment timers and sockets would wait for all of it. What has begun
 * goes first: of many requests that began together each would hold its memory until all are nearly done.
 */
export function ownTurn(kind: TurnKind = 'goes_on'): Promise<void> {
  return new Promise(resolve => {
    waiting[kind].push(resolve)
    if (isRunning) return
    isRunning = true
    setImmediate(proceed)
  })
}

function proceed(): void {
  const next = waiting.goes_on.shift() ?? waiting.begins.shift()
  isRunning = next !== undefined
  next?.()
  // an immediate that is set by one runs in the next turn
  if (isRunning) setImmediate(proceed)
}
