/**
 * Resolves in a turn of the event loop of its own, in the order of the calls: what goes on after the answer of a service is
 * milliseconds of work, and with many answers at the same moment timers and sockets would wait for all of it.
 */
export function ownTurn(): Promise<void> {
  return new Promise(resolve => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(proceed)
  })
}

/** Of the process, as the event loop is; empty while none waits. */
const waiting: (() => void)[] = []

function proceed(): void {
  waiting.shift()?.()
  // an immediate that is set by one runs in the next turn
  if (waiting.length > 0) setImmediate(proceed)
}
