/** How often the process looks whether npm, which started it, still lives. */
const parentCheckMs = 500

/**
 * Calls `stop` with the reason whenever this process is asked to end: SIGTERM, SIGINT (Ctrl-C), SIGHUP (the terminal was
 * closed), or the death of the npm that started it: npm forwards SIGTERM and SIGINT but not SIGHUP, and a changed parent is
 * all that can be seen of that. The scripts of package.json `exec`, because a shell between npm and this process would die
 * of a signal without passing it on, and give the number of npm as NPM_PID, because it may have ended before this line runs.
 * Returns the function that stops listening. `stop` may be called more than once: Ctrl-C reaches the process from the
 * terminal and again from npm.
 */
export function onStopRequest(stop: (reason: string) => void): () => void {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
  const onSignal = (signal: NodeJS.Signals) => stop(signal)
  for (const signal of signals) process.on(signal, onSignal)
  // what is written to a terminal that was closed fails, which must not end the process before it has stopped in order
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignore)

  const parent = Number(process.env.NPM_PID ?? process.ppid)
  const checkParent = () => {
    if (process.ppid !== parent) stop('npm ended')
  }
  const startedByNpm = process.env.npm_lifecycle_event !== undefined
  const watch = startedByNpm ? setInterval(checkParent, parentCheckMs).unref() : undefined
  if (startedByNpm) checkParent()
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', ignore)
    clearInterval(watch)
  }
}

const ignore = (): void => undefined
