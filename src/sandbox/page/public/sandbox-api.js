const answerMs = 10_000

/** Calls the control API. Throws an Error with the sandbox's own explanation when it refuses, or one that it does not answer. */
export async function request(path, body) {
  const options = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const response = await fetch(`/sandbox/${path}`, { ...options, signal: AbortSignal.timeout(answerMs) }).catch(() => {
    throw new Error('песочница не отвечает')
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

const reopenMs = 2000

/**
 * Listens to server-sent events and opens the stream anew whenever it breaks; returns a function that stops it.
 * @param {string} path
 * @param {Record<string, (data: any) => void>} handlers by event name
 * @param {(connected: boolean) => void} [onConnection]
 */
export function listen(path, handlers, onConnection = () => undefined) {
  let source
  let timer
  const open = () => {
    source = new EventSource(`/sandbox/${path}`)
    source.addEventListener('open', () => onConnection(true))
    source.addEventListener('error', () => {
      onConnection(false)
      // The browser reconnects after a cut connection, not after an answer it did not like.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, reopenMs)
    })
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, event => handle(JSON.parse(event.data)))
    }
  }
  open()
  return () => {
    clearTimeout(timer)
    source.close()
  }
}
