/**
 * The outcome of `work`, or the signal's reason as soon as it is aborted: the work itself then goes on unheard, so this is
 * for reads only.
 */
export const within = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const stopListening = () => signal.removeEventListener('abort', onAbort)
    work().then(resolve, reject).finally(stopListening)
  })
